"""An operation that was quiet is heard by whoever listens from then on, wherever they register."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from llmspell.errors import LimitReachedError, PermissionDeniedError, RefusedError
from llmspell.kernel.selection import PluginSelection
from llmspell.model.call import OPERATIONS, Call
from llmspell.model.decision import Refuse
from llmspell.runtime.app import App
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal import NoJournal
from llmspell.runtime.ops import perform
from llmspell.spec.markers import HookOptions


@pytest.fixture
async def app():
    async with App.open(selection=PluginSelection.read(["no:*"])) as app:
        for hook in app.hooks.own():  # the built-in retry
            app.hooks.remove(hook)
        app.hooks.root.heard.clear()
        yield app


@pytest.fixture
async def run(app):
    async with app.run("quiet") as run:
        yield run


async def core(call, ctx):
    return call.input


async def quiet(ctx, operation):
    """Perform an operation twice, which is how often it takes to know that nobody listens; give the call."""
    call = Call(operation, "subject", 1)
    for _ in range(2):
        assert await perform(ctx, call, core) == 1
    assert operation in ctx.app.quiet
    return call


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_hook_of_any_scope_is_heard(app, run, operation):
    agent = CallContext(run, run.scope.child("agent", "a"))
    for table in (agent.scope.hooks, run.hooks, app.hooks):
        call = await quiet(agent, operation)
        hook = table.register(f"before_{operation}", lambda call: Refuse("no"))
        with pytest.raises(RefusedError):
            await perform(agent, call, core)
        table.remove(hook)
        app.hooks.root.heard.clear()  # forget, so that the operation can become quiet again


async def test_a_hook_of_one_agent_is_not_heard_by_another(run):
    one, other = (CallContext(run, run.scope.child("agent", name)) for name in "ab")
    call = await quiet(one, "llm_call")
    one.scope.hooks.register("before_llm_call", lambda call: Refuse("no"))
    assert await perform(other, call, core) == 1
    with pytest.raises(RefusedError):
        await perform(one, call, core)


@pytest.mark.parametrize("pattern", ["tool_execution_completed", "tool_*", "*"])
async def test_a_subscriber_is_told(app, run, pattern):
    call = await quiet(run.context(), "tool_execution")
    told = []
    subscription = app.events.subscribe(pattern, lambda event: told.append(event.name))
    await perform(run.context(), call, core)
    subscription.cancel()
    await perform(run.context(), call, core)
    assert told[-1] == "tool_execution_completed"
    assert told.count("tool_execution_completed") == 1


async def test_a_deadline_bounds_it(app, run):
    call = await quiet(run.context(), "workflow_step")
    late = CallContext(run, run.scope.child("agent", "a", deadline=0.0))
    with pytest.raises(LimitReachedError):
        await perform(late, call, core)


async def test_permission_is_asked_when_the_operation_runs(run):
    call = await quiet(run.context(), "state_write")

    def authorize(call, ctx):
        raise PermissionDeniedError("no")

    pending = perform(run.context(), call, core, authorize)
    with pytest.raises(PermissionDeniedError):
        await pending


async def test_a_journal_records_it(app, run):
    call = await quiet(run.context(), "workflow_step")
    recorded = []

    class Kept(NoJournal):
        active = True

        async def through(self, ctx, call, proceed):
            recorded.append(await proceed(call))
            return recorded[-1]

    run.journal = Kept()
    await perform(run.context(), call, core)
    assert recorded == [1]


async def test_everybody_who_asked_for_everything_is_told_of_what_was_quiet(app, run):
    call = await quiet(run.context(), "tool_execution")
    told: list[str] = []
    audited: list[str] = []
    app.events.subscribe("*", lambda event: told.append(event.name), run=run.id)
    app.hooks.register("around_tool_execution", _audit(audited), HookOptions(band="audit"))
    await perform(run.context(), call, core)
    assert told == ["tool_execution_started", "tool_execution_completed"]
    assert audited == ["subject"]


def _audit(audited):
    async def audit(call, proceed):
        audited.append(call.subject)
        return await proceed(call)

    return audit


async def test_a_hook_that_an_operation_registers_is_heard_by_the_operations_inside_it(run):
    call = await quiet(run.context(), "workflow_step")

    async def outer(_, ctx):
        run.hooks.register("before_workflow_step", lambda: Refuse("no more"))
        return await perform(ctx, call, core)

    with pytest.raises(RefusedError, match="no more"):
        await perform(run.context(), call, outer)


async def test_a_hook_registered_while_an_operation_waits_is_heard_by_the_next_only(run):
    call = await quiet(run.context(), "workflow_step")
    entered, gate = asyncio.Event(), asyncio.Event()

    async def waiting(call, ctx):
        entered.set()
        await gate.wait()
        return call.input

    first = asyncio.create_task(perform(run.context(), call, waiting))
    await entered.wait()
    run.hooks.register("before_workflow_step", lambda: Refuse("no"))
    gate.set()
    assert await first == 1
    with pytest.raises(RefusedError):
        await perform(run.context(), call, core)


async def test_the_hooks_of_one_run_are_not_heard_by_another_nor_lost_when_it_ends(app, run):
    call = await quiet(run.context(), "llm_call")
    async with app.run("other") as other:
        other.hooks.register("before_llm_call", lambda: Refuse("no"))
        for _ in range(2):
            assert await perform(run.context(), call, core) == 1
        with pytest.raises(RefusedError):
            await perform(other.context(), call, core)
    assert "llm_call" not in app.quiet


class Machine(RuleBasedStateMachine):
    """Whoever registers, subscribes, leaves or asks, in any order: hooks and subscribers in sight are always heard."""

    def __init__(self):
        super().__init__()
        self.app = App(selection=PluginSelection.read(["no:*"]))
        runs = [self.app.run("one"), self.app.run("two")]
        self.contexts = [
            *(CallContext(run, run.scope.child("agent", "a")) for run in runs),
            *(run.context() for run in runs),
            CallContext(runs[0], self.app.scope),
        ]
        self.sees = [(0, 2, 4), (1, 3, 4), (2, 4), (3, 4), (4,)]
        self.hooks = []
        self.subscriptions = []

    @rule(place=st.integers(0, 4))
    def register(self, place):
        heard = []
        table = self.contexts[place].scope.hooks
        self.hooks.append((place, table, table.register("before_tool_execution", lambda: heard.append(1)), heard))

    @precondition(lambda self: self.hooks)
    @rule(index=st.integers(0, 99))
    def remove(self, index):
        _, table, hook, _ = self.hooks.pop(index % len(self.hooks))
        assert table.remove(hook)

    @precondition(lambda self: not self.hooks)
    @rule()
    def forget(self):
        """Let the operation become quiet again, which it does not by itself once it had a hook."""
        self.app.hooks.root.heard.clear()

    @rule(pattern=st.sampled_from(["*", "tool_*", "tool_execution_failed", "llm_call_started"]))
    def subscribe(self, pattern):
        heard = []
        made = self.app.events.subscribe(pattern, lambda event: heard.append(event.name))
        self.subscriptions.append((pattern, made, heard))

    @precondition(lambda self: self.subscriptions)
    @rule(index=st.integers(0, 99))
    def unsubscribe(self, index):
        self.subscriptions.pop(index % len(self.subscriptions))[1].cancel()

    @rule(place=st.integers(0, 4), again=st.booleans())
    def ask(self, place, again):
        for _ in range(1 + again):
            for *_, heard in (*self.hooks, *self.subscriptions):
                heard.clear()
            assert asyncio.run(perform(self.contexts[place], Call("tool_execution", "x", 1), core)) == 1
            for where, _, _, heard in self.hooks:
                assert heard == ([1] if where in self.sees[place] else [])
            for pattern, _, heard in self.subscriptions:
                names = ["tool_execution_started", "tool_execution_completed"]
                assert heard == (names if pattern in ("*", "tool_*") else [])


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
