"""Answers of real services, taken from the contracts of all providers in this checkout, and cut anew."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import evolve
from hypothesis import strategies as st

from llmspell.errors import LlmspellError
from llmspell.model.llm import Part, ReasoningDelta, TextDelta, ToolCallDelta
from llmspell.testing import ProviderContract
from llmspell.testing.provider_cases import REQUEST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from llmspell.model.llm import LlmRequest
    from llmspell.spec import Context

PLUGINS = Path(__file__).parents[2] / "plugins"
PIECES = (TextDelta, ReasoningDelta, ToolCallDelta)
CUTS = {"as it came": (), "single bytes": (1,)}


class Recorded(NamedTuple):
    """What a provider made of one exchange whose bytes came in one way: parts, and the error that ended them."""

    contract: str
    case: str
    cut: str
    parts: tuple[Part, ...]
    error: LlmspellError | None

    @property
    def name(self) -> str:
        """Name it in a report."""
        return f"{self.contract}.{self.case}, {self.cut}"


def contracts() -> Iterator[type[ProviderContract]]:
    """Yield every contract of a provider that has its exchanges beside it."""
    for page in sorted(PLUGINS.glob("llmspell-provider-*/tests/test_*_contract.py")):
        name = f"exchanges_{page.parts[-3].replace('-', '_')}_{page.stem}"
        spec = importlib.util.spec_from_file_location(name, page)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, ProviderContract) and kind.__module__ == name:
                yield kind


@cache
def recorded() -> tuple[Recorded, ...]:
    """Send every exchange through its provider, its bytes cut in several ways."""
    return tuple(asyncio.run(_record_all()))


async def _record_all() -> list[Recorded]:
    found = []
    for kind in contracts():
        contract: Any = kind()
        for case, exchange in kind.exchanges.items():
            for cut, sizes in CUTS.items() if exchange.streamed else [("whole", ())]:
                reply = exchange.reply(sizes=sizes * len(exchange.body))
                async with contract.opened(reply, looking=exchange.streamed) as (provider, ctx, _):
                    parts, error = await _listen(provider.stream(REQUEST, ctx))
                found.append(Recorded(kind.__name__, case, cut, tuple(parts), error))
    return found


async def _listen(stream: AsyncIterator[Part]) -> tuple[list[Part], LlmspellError | None]:
    parts: list[Part] = []
    try:
        async for part in stream:
            parts.append(part)  # noqa: PERF401 - those before an error are kept
    except LlmspellError as error:
        error.retryable = False  # who asks again is not the matter here
        return parts, error
    return parts, None


@st.composite
def recut(draw: st.DrawFn, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Give the same answer in other pieces, empty ones among them."""
    made: list[Part] = []
    for part in parts:
        if not isinstance(part, PIECES) or getattr(part, "signature", None) is not None:
            made.append(part)
            continue
        cuts = sorted(draw(st.lists(st.integers(0, len(part.text)), max_size=4)))
        bounds = [0, *cuts, len(part.text)]
        made += [evolve(part, text=part.text[start:end]) for start, end in pairwise(bounds)]
    return tuple(made)


class Replay:
    """A provider that plays an answer, cut anew for who looks at its parts, then says that all is done."""

    def __init__(self, last: tuple[Part, ...]) -> None:
        self.last = last
        self.whole: tuple[Part, ...] = ()
        self.pieces: tuple[Part, ...] = ()
        self.error: LlmspellError | None = None
        self.asked = 0

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of the turn."""
        self.asked += 1
        first = not any(message.role == "assistant" for message in request.messages)
        for part in (self.pieces if ctx.streaming else self.whole) if first else self.last:
            yield part
        if first and self.error is not None:
            raise self.error
