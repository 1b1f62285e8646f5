"""A spell from file to result, with a toy engine: its source is JSON that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge.spell import SpellOptions, choose_engine, run_spell
from llmspell.errors import (
    ApiUnavailableError,
    ComponentNotFoundError,
    PermissionDeniedError,
    RefusedError,
    ResourceUnavailableError,
    ScriptSyntaxError,
    UsageError,
)
from llmspell.kernel.selection import PluginSelection
from llmspell.model.decision import Proceed, Refuse
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PLUGIN = """
from __future__ import annotations

from llmspell.spec import engine, hookimpl


@hookimpl
def llmspell_engines():
    target = "toy_machine_of_a_test:ToyMachine"
    return [engine("toy", target, "Do what JSON says.", extensions=(".toy",), shebangs=("toy-spell",))]
"""

MACHINE = """
import json


class ToyMachine:
    def feed(self, message):
        kind = message["t"]
        if kind == "hello":
            self.hello = message
            try:
                self.todo = json.loads(message["source"].split("\\n", 1)[-1])
            except ValueError:
                error = {"type": "syntax", "code": 4001, "message": "no JSON", "where": message["name"] + ":1"}
                return [{"t": "hello", "ok": False, "error": error}]
            return [{"t": "hello", "v": 1, "ok": True}]
        if kind == "invoke":
            out = [{"t": "post", "op": "print", "args": [text]} for text in self.todo.get("print", [])]
            if "call" in self.todo:
                self.invoke = message["id"]
                return [*out, {"t": "call", "id": 1, "op": self.todo["call"][0], "args": self.todo["call"][1:]}]
            return [*out, {"t": "return", "id": message["id"], "ok": True, "value": self.hello[self.todo["return"]]}]
        if kind == "settle":
            answer = {"value": message["value"]} if message["ok"] else {"error": message["error"]}
            return [{"t": "return", "id": self.invoke, "ok": message["ok"], **answer}]
        return []

    def close(self):
        pass
"""


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    (tmp_path / "toy_plugin_of_a_test.py").write_text(PLUGIN)
    (tmp_path / "toy_machine_of_a_test.py").write_text(MACHINE)
    monkeypatch.syspath_prepend(tmp_path)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    selection = PluginSelection.read(["toy_plugin_of_a_test", "no:*"])
    async with App.open(config=config, selection=selection) as app:
        yield app


def spell(folder: Path, text: str, name: str = "demo.toy") -> Path:
    path = folder / name
    path.write_text("#!/usr/bin/env toy-spell\n" + text)
    return path


INLINE = SpellOptions(isolation="inline")


@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_a_spell_gets_its_params_prints_and_returns(app, tmp_path, isolation: str) -> None:
    printed: list[str] = []
    path = spell(tmp_path, '{"print": ["one", "two"], "return": "params"}')
    options = SpellOptions(isolation=isolation, params={"name": "Ada", "$odd": 1})
    assert await run_spell(app, path=path, options=options, on_print=printed.append) == {"name": "Ada", "$odd": 1}
    assert printed == ["one", "two"]


async def test_a_spell_knows_where_it_runs(app, tmp_path) -> None:
    env: Any = await run_spell(app, path=spell(tmp_path, '{"return": "env"}'), options=INLINE)
    assert (env["ENGINE"], env["SANDBOX_ENABLED"], env["SECURITY_LEVEL"], env["MAX_MEMORY"]) == (
        "toy",
        True,
        "low",
        512 << 20,
    )
    assert "AVAILABLE_PROVIDERS" not in env


async def test_a_spell_that_asks_for_providers_is_told(app, tmp_path) -> None:
    path = spell(tmp_path, '{"return": "env", "why": "AVAILABLE_PROVIDERS"}')
    env: Any = await run_spell(app, path=path, options=INLINE)
    assert env["AVAILABLE_PROVIDERS"] == []
    assert env["DEFAULT_PROVIDER"] is None


async def test_a_spell_from_text_is_run_by_its_first_line(app) -> None:
    source = '#!/usr/bin/env toy-spell\n{"return": "name"}'
    assert await run_spell(app, source=source, options=INLINE) == "stdin"


async def test_an_engine_may_be_named(app) -> None:
    options = INLINE._replace(engine="toy")
    assert await run_spell(app, source='\n{"return": "name"}', options=options) == "stdin"


async def test_a_syntax_error_names_file_and_line(app, tmp_path) -> None:
    path = spell(tmp_path, "{")
    with pytest.raises(ScriptSyntaxError) as caught:
        await run_spell(app, path=path, options=INLINE)
    assert caught.value.where == f"{path}:1"


async def test_calls_have_the_rights_of_the_spell(app, tmp_path) -> None:
    path = spell(tmp_path, '{"call": ["Storage.set", "a", 1]}')
    assert await run_spell(app, path=path, options=INLINE) is None
    with pytest.raises(PermissionDeniedError):
        await run_spell(app, path=path, options=INLINE._replace(grants=Grants.nothing()))


async def test_a_spell_is_an_operation_with_hooks(app, tmp_path) -> None:
    path = spell(tmp_path, '{"return": "params"}')
    changed = app.hooks.register(
        "before_spell_execution", lambda call: Proceed(call.replace(input={**call.input, "seen": call.subject}))
    )
    assert await run_spell(app, path=path, options=INLINE) == {"seen": "demo"}
    app.hooks.remove(changed)
    app.hooks.register("before_spell_execution", lambda call: Refuse("not today"))
    with pytest.raises(RefusedError, match="not today"):
        await run_spell(app, path=path, options=INLINE)


@pytest.mark.parametrize(
    ("name", "text", "suggestion"),
    [("demo.txt", "hello", "engines are installed for .toy"), ("demo.toyy", "hello", "did you mean demo.toy?")],
)
async def test_a_file_nobody_runs_is_an_error_with_a_way_out(
    app, tmp_path, name: str, text: str, suggestion: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ComponentNotFoundError) as caught:
        await run_spell(app, path=path, options=INLINE)
    assert suggestion in caught.value.suggestions


async def test_an_engine_the_config_leaves_out_is_refused(tmp_path, app) -> None:
    (tmp_path / "llmspell.toml").write_text('[scripting]\nengines = ["lua"]\nisolation = "inline"\n')
    app.config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    with pytest.raises(UsageError, match="not among"):
        choose_engine(app, "toy", None, "")


async def test_bounds_come_from_the_config_and_the_caller(tmp_path, app) -> None:
    (tmp_path / "llmspell.toml").write_text(
        '[scripting]\nisolation = "inline"\nmax_memory_usage = "64MB"\nmax_execution_time = 5\n'
    )
    app.config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    path = spell(tmp_path, '{"return": "env"}')
    env: Any = await run_spell(app, path=path)
    assert (env["SECURITY_LEVEL"], env["MAX_MEMORY"], env["MAX_EXECUTION_TIME"]) == ("low", 64 << 20, 5)
    assert (await run_spell(app, path=path, options=SpellOptions(seconds=7.0)))["MAX_EXECUTION_TIME"] == 7  # type: ignore[index]


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
async def test_a_file_that_cannot_be_read_is_an_error(app, tmp_path, content: bytes | None) -> None:
    path = tmp_path / "demo.toy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ResourceUnavailableError):
        await run_spell(app, path=path, options=INLINE)


async def test_nothing_to_run_is_a_usage_error(app) -> None:
    with pytest.raises(UsageError):
        await run_spell(app)


async def test_an_operation_nobody_has_ends_the_spell(app, tmp_path) -> None:
    with pytest.raises(ApiUnavailableError, match="no function 'nothing'"):
        await run_spell(app, path=spell(tmp_path, '{"call": ["Storage.nothing"]}'), options=INLINE)
