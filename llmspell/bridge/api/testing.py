"""Testing: suites, tests, hooks around them, and what stands in for models and tools meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.assertions import Asserting
from llmspell.bridge.definition import Handle, Namespace, Options, ScriptObject, function
from llmspell.bridge.spelling import snake
from llmspell.bridge.suite_report import outcome_lines, summary_line
from llmspell.bridge.suites import TIMEOUT, Case, Plan, Runner, Suite, summary
from llmspell.errors import AssertionFailedError, LlmspellError, SkippedError, ValidationError
from llmspell.model.decision import Answer
from llmspell.spec.markers import HookOptions
from llmspell.spec.tools import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Annotated

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.bridge.suites import Outcome
    from llmspell.kernel.hooks import Registration
    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext

OUTERMOST = 1000


class SuiteOptions(Options):
    """Which of its tests run."""

    skip: Annotated[bool | str, "run none of them; text says why"] = False
    only: Annotated[bool, "run these and no others of the file"] = False

    def reason(self) -> str | None:
        """Say why it is skipped, None when it is not."""
        return (self.skip if isinstance(self.skip, str) else "skipped") if self.skip else None


class TestOptions(SuiteOptions):
    """Whether a test runs, and how long it may take."""

    __test__ = False  # it is no test of pytest's
    positional = "timeout"

    timeout: Annotated[Duration, "longest time"] = TIMEOUT  # type: ignore[assignment]  # a Duration is a float


class Defining(ScriptObject):
    """Define tests in a suite."""

    def testing(self) -> Testing:
        """Give the namespace, which knows what is defined and what runs."""
        return self.session.namespace(Testing)

    def into(self, ctx: CallContext) -> Suite:
        """Give the suite that what is defined now belongs to."""
        raise NotImplementedError

    @function(aliases=("describe",))
    async def suite(
        self, name: str, body: Callback | None = None, options: SuiteOptions | None = None, *, ctx: CallContext
    ) -> SuiteHandle:
        """Define a suite and give it; `body(suite)` is called at once and defines what is in it."""
        return await self.testing().add_suite(self.into(ctx), name, body, options or SuiteOptions(), ctx)

    @function(aliases=("it",))
    def test(self, name: str, body: Callback, options: TestOptions | None = None, *, ctx: CallContext) -> None:
        """Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`."""
        self.testing().add_test(self.into(ctx), name, body, options or TestOptions())

    @function()
    def skip(self, name: str, body: Callback | None = None, *, ctx: CallContext) -> None:
        """Define a test that does not run."""
        self.testing().add_test(self.into(ctx), name, body, TestOptions(skip=True))

    @function()
    def only(self, name: str, body: Callback, options: TestOptions | None = None, *, ctx: CallContext) -> None:
        """Define a test; of the file, it and others like it are all that runs."""
        self.testing().add_test(self.into(ctx), name, body, options or TestOptions(), only=True)

    @function()
    def before_all(self, hook: Callback, *, ctx: CallContext) -> None:
        """Call a function before the first test of the suite."""
        self.into(ctx).hooks["before_all"].append(hook)

    @function(aliases=("setup",))
    def before_each(self, hook: Callback, *, ctx: CallContext) -> None:
        """Call `hook(t)` before each test of the suite and of those in it."""
        self.into(ctx).hooks["before_each"].append(hook)

    @function(aliases=("teardown",))
    def after_each(self, hook: Callback, *, ctx: CallContext) -> None:
        """Call `hook(t)` after each test, whether it passed or not."""
        self.into(ctx).hooks["after_each"].append(hook)

    @function()
    def after_all(self, hook: Callback, *, ctx: CallContext) -> None:
        """Call a function after the last test of the suite."""
        self.into(ctx).hooks["after_all"].append(hook)


class Testing(Defining, Namespace):
    """Tests of a spell, in the spell's own language: suites, hooks around tests, and stand-ins for models and tools.

    `require("llmspell.testing")`, `import ... from "llmspell/testing"` and `from llmspell.testing import ...` give it;
    its `assert` is `Assert`. What is defined runs when the file has been read, or at `run_all`; `llmspell test spell`
    runs files and reports. A suite defined inside the function of another belongs to it.
    """

    name = "Testing"
    holds = (("assert", "Assert"),)

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.plan: Plan | None = None
        """What `llmspell test` wants; None when the spell was run by itself and reports what it finds."""
        self.outcomes: list[Outcome] = []
        self.root = Suite()
        self.mocks: list[MockHandle] = []
        self._inside: dict[str, Suite] = {}
        self._filled = asyncio.Event()
        self._filled.set()
        self._running = False

    def into(self, ctx: CallContext) -> Suite:
        """Find the suite whose function makes a call: the call's path begins with that of the function."""
        path = ctx.path
        while path:
            if path in self._inside:
                return self._inside[path]
            path = path.rpartition("/")[0]
        return self.root

    async def add_suite(
        self, parent: Suite, name: str, body: Callback | None, options: SuiteOptions, ctx: CallContext
    ) -> SuiteHandle:
        """Add a suite to another and let its function fill it."""
        self._check_open()
        made = Suite(name, parent, skip=options.reason(), only=options.only)
        parent.items.append(made)
        handle = SuiteHandle(self.session, made)
        if body is not None:
            within = ctx.child("suite")
            self._inside[within.path] = made
            self._filled.clear()
            try:
                await body(handle, ctx=within)
            finally:
                del self._inside[within.path]
                if not self._inside:
                    self._filled.set()
        return handle

    def add_test(
        self, parent: Suite, name: str, body: Callback | None, options: TestOptions, *, only: bool = False
    ) -> None:
        """Add a test to a suite."""
        self._check_open()
        parent.items.append(Case(name, body, timeout=options.timeout, skip=options.reason(), only=only or options.only))

    def _check_open(self) -> None:
        if self._running:
            raise ValidationError(
                "tests cannot be defined while tests run",
                suggestions=["define them in a suite's function or at the top of the file"],
            )

    # -- running -------------------------------------------------------------------------------------------------------

    @function()
    async def run_all(self, ctx: CallContext) -> dict[str, Any]:
        """Run the tests that have not run; give `{total, passed, failed, error, skipped, tests}`.

        The file fails at its end when one of them did.
        """
        if any(ctx.path.startswith(f"{path}/") for path in self._inside):
            raise ValidationError("run_all runs what is defined: call it after the suites, not in one of them")
        outcomes = await self._run()
        return {**summary(outcomes), "tests": [one.table() for one in outcomes]}

    async def _run(self) -> list[Outcome]:
        await asyncio.sleep(0)  # calls that came with this one begin before it
        await self._filled.wait()
        if self._running:
            raise ValidationError("the tests are running already")
        self._running = True
        try:
            found = await Runner(self.root, self.plan or self._plan(), self._call).run()
        finally:
            self._running = False
        self.outcomes += found
        if found and self.plan is None:
            self.session.on_print(summary_line(summary(found)))
        return found

    def _plan(self) -> Plan:
        def tell(outcome: Outcome) -> None:
            for line in outcome_lines(outcome):
                self.session.on_print(line)

        return Plan(heard=tell)

    async def _call(self, body: Callback, name: str, timeout: float) -> LlmspellError | None:
        """Call a test or a hook of the script and give what it raised."""
        try:
            await body(CaseHandle(self.session, name), timeout=timeout, ctx=self.session.ctx.child("test"))
        except LlmspellError as error:
            return error
        return None

    async def finishing(self) -> None:
        """Run what has not run; of a spell that nobody tests, a failed test is the failure."""
        await self._run()
        failed = [one for one in self.outcomes if one.failed]
        if failed and self.plan is None:
            first = failed[0].error
            message = f"{len(failed)} of {len(self.outcomes)} tests failed"
            raise AssertionFailedError(message, where=None if first is None else first.where)

    def detach(self) -> None:
        """Put back what mocks stand in for."""
        for mock in self.mocks:
            mock.remove()

    # -- stand-ins -----------------------------------------------------------------------------------------------------

    @function()
    def script_model(self, steps: list[dict[str, object]]) -> None:
        """Let models that no configuration names play these steps from now on; so does the provider `mock`.

        A step is `{text = "..."}`, `{tool_calls = {{name = "...", arguments = {...}}}}` or `{error = {type = "..."}}`,
        as in `<spell>.model.json`.
        """
        self.session.run.model_script = {"steps": [_snake(step) for step in steps]}

    @function(aliases=("mock",))
    def mock_tool(self, name: str, answer: object = None) -> MockHandle:
        """Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.

        The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
        """
        tool = self.session.app.catalog.get("tool", name, owner=self.session.run.id)
        made = MockHandle(self.session, tool.name, answer)
        self.mocks.append(made)
        return made


def _snake(step: Mapping[str, object]) -> dict[str, object]:
    """Take the keys of a step, and those of its error, in either spelling; arguments are the tool's."""
    return {
        snake(key): _snake(value) if key == "error" and isinstance(value, dict) else value
        for key, value in step.items()
    }


class SuiteHandle(Defining, Handle):
    """A suite: what is defined on it belongs to it."""

    kind = "suite"
    shows = ("name",)

    def __init__(self, session: SpellSession, suite: Suite) -> None:
        super().__init__(session)
        self._suite = suite

    def fields(self) -> Mapping[str, object]:
        """Give its name."""
        return {"name": self._suite.name}

    def into(self, ctx: CallContext) -> Suite:  # noqa: ARG002 - the suite is known
        """Give itself."""
        return self._suite


class CaseHandle(Asserting):
    """A test while it runs: what its function gets. Every assertion of `Assert` is a method of it."""

    kind = "case"
    shows = ("name",)

    def __init__(self, session: SpellSession, name: str) -> None:
        super().__init__(session)
        self._name = name

    def fields(self) -> Mapping[str, object]:
        """Give its whole name."""
        return {"name": self._name}

    @function()
    def skip(self, reason: str = "skipped") -> None:
        """End the test without a verdict."""
        raise SkippedError(reason)


class MockHandle(Handle):
    """Stands in for a tool of this run until it is removed or the spell ends."""

    kind = "mock"
    shows = ("name",)

    def __init__(self, session: SpellSession, tool: str, answer: object) -> None:
        super().__init__(session)
        self._tool = tool
        self._answer = answer
        self._calls: list[object] = []
        options = HookOptions(priority=OUTERMOST)
        self._registration: Registration | None = session.run.hooks.register(
            "before_tool_execution", self._stand_in, options, label=f"mock of {tool}", owner=session.run.name
        )

    def fields(self) -> Mapping[str, object]:
        """Give the name of the tool."""
        return {"name": self._tool}

    async def _stand_in(self, call: Call, ctx: CallContext) -> Answer | None:
        if call.subject != self._tool:
            return None
        self._calls.append(call.input)
        answer = self._answer
        return Answer(ToolOutput(await answer(call.input, ctx=ctx) if callable(answer) else answer))

    @function()
    def calls(self) -> list[object]:
        """Give the arguments of every call so far, in order."""
        return list(self._calls)

    @function(aliases=("restore",))
    def remove(self) -> None:
        """Let the tool itself answer again."""
        if self._registration is not None:
            self.session.run.hooks.remove(self._registration)
            self._registration = None
