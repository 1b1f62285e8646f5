from __future__ import annotations

import os
from contextlib import asynccontextmanager
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.model.fold import Fold
from llmspell.model.llm import TextDelta
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import ModuleType

    from llmspell.model.llm import Completion, LlmRequest
    from llmspell.runtime.context import CallContext
    from llmspell_provider_local.driver import LocalProvider

TOOLS = """\
{%- if tools %}<|im_start|>system
You may call functions: <tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>
For each call, return <tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content or "" }}{% for c in m.tool_calls or [] %}
<tool_call>
{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
"""A chat template of the usual kind, which also teaches how to call tools."""


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Have the processes find modules in a folder first."""

    def find(folder: Path) -> None:
        paths = [str(folder), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))

    return find


@pytest.fixture
def played(play: Callable[[Path], None]) -> None:
    """Have them find `played/xllamacpp.py` in the place of the library."""
    play(Path(__file__).with_name("played"))


def _writer() -> ModuleType:
    spec = spec_from_file_location("tiny_gguf", Path(__file__).with_name("tiny_gguf.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with models; skip where nothing can run them."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: it has no wheel for this platform")
    folder = tmp_path_factory.mktemp("models")
    (folder / "more").mkdir()
    write = _writer().write_model
    write(folder / "tiny.gguf", context=2048, template=TOOLS)
    write(folder / "more" / "other.gguf", context=512, seed=8)
    write(folder / "long.gguf", context=1 << 17)
    return folder


@asynccontextmanager
async def opened(path: Path | str | None, **keys: object) -> AsyncIterator[tuple[LocalProvider, CallContext]]:
    section = {"max_tokens": 12, "context": 2048, "threads": 1, "timeout": 30, **keys}
    config = {"providers": {"local": section if path is None else {"path": str(path), **section}}}
    async with open_context(config=config, component="provider:local") as ctx:
        assert ctx.component is not None
        provider: Any = await ctx.app.components.instance(ctx.component)
        yield provider, ctx


@pytest.fixture(name="opened")
def opened_provider() -> Any:
    return opened


async def ask(
    provider: LocalProvider, ctx: CallContext, request: LlmRequest, *, at_text: Callable[[], None] = lambda: None
) -> Completion:
    fold, said = Fold(), False
    async for part in provider.stream(request, ctx):
        fold.add(part)
        if isinstance(part, TextDelta) and not said:
            said = True
            at_text()
    return fold.completion(model=request.model)


@pytest.fixture(name="ask")
def asked() -> Any:
    return ask
