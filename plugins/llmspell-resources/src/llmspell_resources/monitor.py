"""The monitor: counted rules, and a block of whoever breaks one. It counts and guesses nothing."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import SubjectBlockedError
from llmspell_resources.sections import MonitorSection
from llmspell_resources.watching import hooks, outcome_of, seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resources.sections import Rule
    from llmspell_resources.watching import Proceed, Seen

EVENT = "subject_blocked"


class Block(NamedTuple):
    """Who is blocked, by which rule, after how many counts, and until when (of the monotonic clock)."""

    rule: str
    what: str
    who: str
    counted: int
    until: float


class Monitor:
    """Count calls by rule and subject, and refuse what a blocked subject asks for."""

    def __init__(self) -> None:
        self.section = MonitorSection()
        self._counts: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._blocked: dict[str, Block] = {}
        self.refused = self.blocks = 0

    def hooks(self) -> Iterable[Hook]:
        """Stand outermost in the band of audits: what others refuse is counted."""
        return hooks("monitor", 900, self.watch)

    async def watch(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Refuse the call of a blocked subject, else count it and how it ended."""
        about = seen(call, ctx)
        self._refuse(about)
        await self._count(about, "calls", ctx)
        self._refuse(about)
        try:
            return await proceed(call)
        except Exception as error:
            word = outcome_of(error)
            if not isinstance(error, SubjectBlockedError):
                await self._count(about, word, ctx)
            raise

    def statistics(self) -> Mapping[str, object]:
        """Give who is blocked, and how often that was said."""
        now = [block._asdict() for block in self._blocked.values()]
        return {"blocked": now, "blocks": self.blocks, "refused": self.refused, "subjects": len(self._counts)}

    def _refuse(self, about: Seen) -> None:
        for subject in _subjects(about):
            block = self._blocked.get(subject)
            if block is None:
                continue
            if block.until <= about.at:
                del self._blocked[subject]
                continue
            self.refused += 1
            raise self._error(block)

    def _error(self, block: Block) -> SubjectBlockedError:
        rule = self.section.rules[block.rule]
        counted = f"{block.counted} {rule.count} within {rule.within:g} s, and {rule.most} are allowed"
        return SubjectBlockedError(
            f"{block.what} is blocked by the rule {block.rule!r}: {counted}",
            suggestions=["look at what it did", f"change [resources.monitor.rules.{block.rule}] if that is ordinary"],
            context={"rule": block.rule, "count": block.counted, "most": rule.most, "within": rule.within},
        )

    async def _count(self, about: Seen, word: str, ctx: Context) -> None:
        for name, rule in self.section.rules.items():
            if rule.count != word:
                continue
            subject = _subject(rule.of, about)
            if not subject or (rule.of == "tool" and about.operation != "tool_execution"):
                continue
            count = self._add(name, subject, rule, about.at)
            if count > rule.most and subject not in self._blocked:
                block = self._block(name, subject, count, about)
                await ctx.events.emit(EVENT, {**block, "message": self._blocked[subject].what})

    def _add(self, name: str, subject: str, rule: Rule, now: float) -> int:
        times = self._counts.get((name, subject))
        if times is None:
            times = self._counts[name, subject] = deque(maxlen=rule.most + 1)
            while len(self._counts) > self.section.subjects:
                self._counts.popitem(last=False)
        self._counts.move_to_end((name, subject))
        while times and times[0] <= now - rule.within:
            times.popleft()
        times.append(now)
        return len(times)

    def _block(self, name: str, subject: str, count: int, about: Seen) -> dict[str, object]:
        rule = self.section.rules[name]
        until = math.inf if rule.block is None else about.at + rule.block
        self.blocks += 1
        while len(self._blocked) >= self.section.subjects:
            del self._blocked[next(iter(self._blocked))]
        self._blocked[subject] = Block(name, f"{rule.of} {_named(rule.of, about)!r}", subject, count, until)
        about_rule = {"count": count, "most": rule.most, "within": rule.within, "seconds": rule.block}
        return {"rule": name, "of": rule.of, "who": _named(rule.of, about), **about_rule}


def _named(of: str, about: Seen) -> str:
    return {"tool": about.subject, "agent": about.agent, "run": about.run}[of]


def _subject(of: str, about: Seen) -> str:
    """Give what a rule counts by; empty for a call that no such subject makes."""
    if of == "tool":
        return f"tool {about.subject}"
    if of == "agent":
        return f"agent {about.run} {about.agent}" if about.agent else ""
    return f"run {about.run}" if about.run else ""


def _subjects(about: Seen) -> Iterator[str]:
    if about.operation == "tool_execution":
        yield _subject("tool", about)
    for of in ("agent", "run"):
        if subject := _subject(of, about):
            yield subject
