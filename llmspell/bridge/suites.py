"""Suites of tests that a spell defines, and the one runner of them; the script only judges values.

A suite holds tests, suites and hooks in the order in which they were added. Tests run one after the other in that
order, each inside the hooks of every suite around it: `before_each` from the outside in, `after_each` from the inside
out, `before_all` and `after_all` once round what runs of a suite.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AssertionFailedError, SkippedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from llmspell.bridge.callbacks import Callback
    from llmspell.errors import LlmspellError

    Call = Callable[[Callback, str, float], Awaitable[LlmspellError | None]]

HOOKS = ("before_all", "before_each", "after_each", "after_all")
STATUSES = ("passed", "failed", "error", "skipped")
TIMEOUT = 60.0
"""Seconds a test or a hook may take that names no other bound."""


class Outcome(NamedTuple):
    """How one test ended: `status` is `passed`, `failed` (an assertion), `error` (anything else) or `skipped`."""

    name: str
    status: str
    seconds: float
    error: LlmspellError | None = None
    reason: str = ""

    @property
    def failed(self) -> bool:
        """Tell whether it speaks against the code under test."""
        return self.status in ("failed", "error")

    def table(self) -> dict[str, object]:
        """Write it as a script and `--json` see it."""
        row: dict[str, object] = {"name": self.name, "status": self.status, "duration": round(self.seconds, 6)}
        if self.error is not None:
            row["error"] = {**self.error.to_dict(), "stack": self.error.stack}
        if self.reason:
            row["reason"] = self.reason
        return row


class Case:
    """One test."""

    def __init__(
        self, name: str, body: Callback | None, *, timeout: float = TIMEOUT, skip: str | None = None, only: bool = False
    ) -> None:
        self.name = name
        self.body = body
        self.timeout = timeout
        self.skip = skip
        self.only = only
        self.ran = False


class Suite:
    """Tests that belong together; the root has no name and no parent."""

    def __init__(
        self, name: str = "", parent: Suite | None = None, *, skip: str | None = None, only: bool = False
    ) -> None:
        self.name = name
        self.parent = parent
        self.skip = skip
        self.only = only
        self.items: list[Case | Suite] = []
        self.hooks: dict[str, list[Callback]] = {point: [] for point in HOOKS}

    def full(self, name: str) -> str:
        """Give the whole name of something in it: `Math > addition > carries`."""
        around = " > ".join(one.name for one in reversed(list(self.around())) if one.name)
        return f"{around} > {name}" if around else name

    def around(self) -> Iterator[Suite]:
        """Yield it and every suite around it, the innermost first."""
        at: Suite | None = self
        while at is not None:
            yield at
            at = at.parent

    def walk(self) -> Iterator[tuple[Suite, Case]]:
        """Yield every test in it with its suite."""
        for item in self.items:
            if isinstance(item, Case):
                yield self, item
            else:
                yield from item.walk()


class Plan:
    """What whoever runs the tests wants: `pattern` selects by name, `heard` is told of every outcome."""

    def __init__(
        self,
        *,
        pattern: str = "",
        fail_fast: bool = False,
        started: Callable[[str], None] = lambda _: None,
        heard: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        self.pattern = pattern.lower()
        self.fail_fast = fail_fast
        self.started = started
        self.heard = heard

    def wants(self, name: str) -> bool:
        """Tell whether a test of this whole name is selected: the pattern is part of it, in capitals or not."""
        return self.pattern in name.lower()


class Runner:
    """Run the tests below one suite that have not run.

    `call(function, name, timeout)` calls a function of the script on behalf of the test `name` and gives what it
    raised, None when it raised nothing.
    """

    def __init__(self, root: Suite, plan: Plan, call: Call) -> None:
        self._root = root
        self._plan = plan
        self._call = call
        self._outcomes: list[Outcome] = []
        self._halted = False

    async def run(self) -> list[Outcome]:
        """Run them and give their outcomes in order."""
        await self._suite(self._root, self._chosen())
        return self._outcomes

    def _chosen(self) -> set[Case]:
        left = [(suite, case) for suite, case in self._root.walk() if not case.ran]
        for _, case in left:
            case.ran = True
        if any(_is_only(suite, case) for suite, case in left):
            left = [(suite, case) for suite, case in left if _is_only(suite, case)]
        return {case for suite, case in left if self._plan.wants(suite.full(case.name))}

    async def _suite(self, suite: Suite, chosen: set[Case]) -> None:
        mine = [(owner, case) for owner, case in suite.walk() if case in chosen]
        if not mine or self._halted:
            return
        runs = any(_reason(owner, case) is None for owner, case in mine)
        name = suite.full("before_all")
        failure = await self._all(suite.hooks["before_all"], name) if runs else None
        if failure is not None:
            for owner, case in mine:
                self._add(_judged(owner.full(case.name), 0.0, failure))
        for item in suite.items if failure is None else ():
            if isinstance(item, Suite):
                await self._suite(item, chosen)
            elif item in chosen and not self._halted:
                await self._case(suite, item)
        name = suite.full("after_all")
        failure = await self._all(suite.hooks["after_all"], name) if runs else None
        if failure is not None:
            self._add(_judged(name, 0.0, failure))

    async def _case(self, suite: Suite, case: Case) -> None:
        name = suite.full(case.name)
        reason = _reason(suite, case)
        if reason is not None:
            self._add(Outcome(name, "skipped", 0.0, reason=reason))
            return
        self._plan.started(name)
        began = monotonic()
        around = list(suite.around())
        failure = await self._all([one for owner in reversed(around) for one in owner.hooks["before_each"]], name)
        if failure is None and case.body is not None:
            failure = await self._call(case.body, name, case.timeout)
        for owner in around:
            late = await self._all(owner.hooks["after_each"], name)
            failure = failure or late
        self._add(_judged(name, monotonic() - began, failure))

    async def _all(self, hooks: Sequence[Callback], name: str) -> LlmspellError | None:
        """Call hooks in order up to the first that raises."""
        for hook in hooks:
            failure = await self._call(hook, name, TIMEOUT)
            if failure is not None:
                return failure
        return None

    def _add(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._plan.heard(outcome)
        if self._plan.fail_fast and outcome.failed:
            self._halted = True


def _is_only(suite: Suite, case: Case) -> bool:
    return case.only or any(one.only for one in suite.around())


def _reason(suite: Suite, case: Case) -> str | None:
    """Say why a test is skipped, None when it is not."""
    reasons = [case.skip, *(one.skip for one in suite.around())]
    return next((one for one in reasons if one is not None), None)


def _judged(name: str, seconds: float, failure: LlmspellError | None) -> Outcome:
    if failure is None:
        return Outcome(name, "passed", seconds)
    if isinstance(failure, SkippedError):
        return Outcome(name, "skipped", seconds, reason=failure.message)
    # A plain `assert` of Python is an assertion as well.
    asserted = isinstance(failure, AssertionFailedError) or failure.context.get("exception") == "AssertionError"
    return Outcome(name, "failed" if asserted else "error", seconds, failure)


def summary(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Count outcomes by status, and all of them as `total`."""
    counts = {status: sum(one.status == status for one in outcomes) for status in STATUSES}
    return {"total": len(outcomes), **counts}
