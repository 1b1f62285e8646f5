"""The trace of a run as a tree for a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell.cli.console import BOLD, DIM, GREEN, RED, YELLOW
from llmspell.cli.escaped import visible
from llmspell.cli.state import moment
from llmspell.model.price import money
from llmspell.runtime.journal.trace import CALL, narrowed
from llmspell.runtime.journal.trace_brief import answered, asked
from llmspell.runtime.journal.trace_totals import totals, usage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from llmspell.model.llm import Usage
    from llmspell.runtime.journal.trace import Operation, Trace

    Paint = Callable[[str, str], str]

STYLES: Final = {
    "done": GREEN,
    "failed": RED,
    "uncertain": RED,
    "interrupted": YELLOW,
    "cancelled": YELLOW,
    "unfinished": YELLOW,
    "paused": YELLOW,
    "waiting": YELLOW,
    "running": BOLD,
}
"""How a status looks."""

WIDE: Final = 160
"""Characters of a line where there is no terminal that has an edge."""

_MINUTE, _HOUR, _MILLI = 60, 3600, 1e-3


class Signs(NamedTuple):
    """What a tree is drawn with."""

    inner: str
    last: str
    down: str
    gap: str
    into: str
    out: str
    more: str


LINES: Final = Signs("├─ ", "└─ ", "│  ", "   ", "→ ", "← ", "…")
ASCII: Final = Signs("|- ", "`- ", "|  ", "   ", "> ", "< ", "...")


class Tree:
    """Write a trace line by line, each at most `width` characters long; `paint` colours a text of a style."""

    def __init__(self, trace: Trace, paint: Paint, *, width: int = WIDE, signs: Signs = LINES) -> None:
        self._trace = trace
        self._paint = paint
        self._width = width
        self._signs = signs

    def lines(self, *, depth: int | None = None, only: Collection[str] = (), full: bool = False) -> Iterator[str]:
        """Yield the head, the sums, and an operation with what went in and came out; `full` tells both whole."""
        yield from self.head()
        tops = narrowed(self._trace.operations, only) if only else self._trace.operations
        if tops:
            yield ""
        for one, lead, rest, level in self._placed(tops, depth):
            yield self._line(lead, one)
            told = self._whole(one) if full else self._brief(one)
            yield from (f"{rest}{line}" if full else self._cut(f"{rest}{line}") for line in told)
            hidden = sum(1 for _ in one.walk()) - 1 if level == depth else 0
            if hidden:
                yield self._paint(f"{rest}{hidden} more within", DIM)

    def head(self) -> Iterator[str]:
        """Yield what run this is, and what it took."""
        trace = self._trace
        header = trace.header
        status = self._paint(trace.status, STYLES.get(trace.status, BOLD))
        name = visible(str(header.get("file") or header.get("name") or "-"))
        when = f"{duration(trace.seconds)}  {moment(trace.started)}"
        yield f"{self._paint(name, BOLD)}  {header.get('id')}  {status}  {when}"
        whole, each = totals(trace)
        counted = ", ".join(f"{one.count} {name}{_failed(one.outcomes)}" for name, one in each.items())
        yield self._paint(self._cut(f"  {counted or 'no operations'}{spent(whole.usage)}"), DIM)
        if trace.resumed:
            yield self._paint(f"  resumes: {len(trace.resumed)}, operations replayed: {whole.replayed}", DIM)
        error = trace.whole((trace.finished or {}).get("error"))
        if isinstance(error, dict):
            yield self._paint(
                self._cut(f"  {visible(str(error.get('type')))}: {visible(str(error.get('message')))}"), RED
            )

    def _placed(self, tops: Sequence[Operation], depth: int | None) -> Iterator[tuple[Operation, str, str, int]]:
        """Yield operations, each with what stands before its line and before those that belong to it, and its level."""
        waiting = [(one, "", one is tops[-1], 1) for one in reversed(tops)]
        while waiting:
            one, before, last, level = waiting.pop()
            below = before + (self._signs.gap if last else self._signs.down)
            yield one, before + (self._signs.last if last else self._signs.inner), below, level
            if depth is None or level < depth:
                inner = one.children
                waiting.extend((child, below, child is inner[-1], level + 1) for child in reversed(inner))

    def _line(self, lead: str, one: Operation) -> str:
        name = f"{one.operation} {one.subject}" if one.operation != CALL else one.subject
        facts = [duration(one.seconds)] if one.seconds is not None else []
        if one.usage is not None:
            facts.append(spent(usage_of(one.usage)).removeprefix("; "))
        facts += [f"begun {one.attempts} times"] if one.attempts > 1 else []
        facts += ["assumed"] if one.assumed else []
        facts += ["replayed"] if one.replayed else []
        facts += [one.at] if one.at else []
        status = "" if one.status == "done" else one.status
        text = visible("  ".join([name, *facts]))
        room = max(self._width - len(lead) - (len(status) + 2 if status else 0), 8)
        text = self._cut(text, room)
        bare = text[: len(name)]
        painted = self._paint(bare, BOLD) + self._paint(text[len(bare) :], DIM)
        return f"{lead}{painted}{'  ' + self._paint(status, STYLES[status]) if status else ''}"

    def _brief(self, one: Operation) -> Iterator[str]:
        """Yield a line for what went in, one for what came out, and one for each hook that did something."""
        more = self._signs.down if one.children else self._signs.gap
        for hook in one.hooks:
            changed = ", ".join(map(str, hook.get("changed") or ()))
            who = f"hook {hook['name']}" if hook.get("name") else "a hook"  # logs of 0.1 do not tell which one
            yield visible(f"{more}{who} at {hook.get('point')}: {hook.get('verdict')} {changed}").rstrip()
        if one.operation == CALL and one.error is None:
            return
        given = "" if one.operation == CALL else asked(self._trace, one)
        came = answered(self._trace, one)
        for sign, text in ((self._signs.into, given), (self._signs.out, came)):
            if text:
                yield visible(f"{more}{sign}{text}")

    def _whole(self, one: Operation) -> Iterator[str]:
        """Yield everything that is known of an operation's input and outcome, as JSON."""
        more = self._signs.down if one.children else self._signs.gap
        yield visible(f"{more}path: {one.path}")
        parts = {"input": one.input, "output": one.output, "error": one.error, "hooks": one.hooks or None}
        for name, value in parts.items():
            if value is not None:
                text = json.dumps(self._trace.whole(value), ensure_ascii=False, indent=2, default=str)
                yield from (visible(f"{more}{line}") for line in f"{name}: {text}".split("\n"))

    def _cut(self, text: str, width: int | None = None) -> str:
        width = width or self._width
        return text if len(text) <= width else text[: width - len(self._signs.more)] + self._signs.more


def _failed(outcomes: dict[str, int]) -> str:
    bad = [f"{count} {status}" for status, count in sorted(outcomes.items()) if status != "done"]
    return f" ({', '.join(bad)})" if bad else ""


def spent(usage: Usage) -> str:
    """Tell tokens and dollars, nothing when no model was asked."""
    if not usage.total_tokens:
        return ""
    cost = money(usage.cost)
    return f"; {usage.input_tokens} + {usage.output_tokens} tokens, {'price unknown' if cost is None else f'${cost}'}"


def duration(seconds: float | None) -> str:
    """Write a duration for people."""
    if not seconds:
        return "-" if seconds is None else "0 s"
    if seconds >= _HOUR:
        return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"
    if seconds >= _MINUTE:
        return f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= _MILLI else f"{seconds * 1e6:.0f} us"
