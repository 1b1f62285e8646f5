"""Workflows of random shape, and a world whose effects come back in any order."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from llmspell.errors import ToolExecutionError
from llmspell.model.call import Call
from llmspell.model.workflow import UNMAPPED, Definition, Outcome, Retry, Step
from llmspell.runtime.ops import perform
from llmspell.runtime.workflows.subjects import FunctionSubject, WorkflowSubject
from llmspell.runtime.workflows.workflow import Workflow, make
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.workflow import Given
    from llmspell.runtime.context import CallContext

STUCK = 50

SHAKE = 40
"""Turns of the loop within which everything comes to rest that waits for nothing but itself."""


class Leaf(NamedTuple):
    """A step that has effects: how often it fails, and what functions it has."""

    effects: int = 1
    fails: int = 0
    asks: bool = False
    condition: bool | None = None
    rescued: bool = False
    undo: bool = False
    named: bool = False


class Phase(NamedTuple):
    """Steps of a kind."""

    kind: str
    parts: tuple[Leaf | Phase, ...]
    options: Mapping[str, Any]
    after: tuple[tuple[int, ...], ...] = ()
    join: tuple[str, ...] = ()
    tolerant: bool = False


Shape = Leaf | Phase


class World:
    """Effects that end when the world says so, in an order of its own."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.pending: list[asyncio.Future[None]] = []
        self.done: list[str] = []

    async def effect(self, ctx: CallContext, name: str, given: object) -> str:
        """Do something outward, as one operation below a context."""

        async def core(call: Call, at: CallContext) -> object:
            answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.pending.append(answer)
            await answer
            self.done.append(at.path)
            return {"path": at.path, "known": len(json.dumps(call.input, default=str, sort_keys=True))}

        told = await perform(ctx.within(None, name), Call("effect", name, given, effect="idempotent"), core)
        return json.dumps(told)

    async def drive(self, work: Any) -> object:
        """Run something, ending one effect after the other once nothing else moves; give what it gives or raises."""
        task = asyncio.ensure_future(work)
        still = 0
        while not task.done():
            for _ in range(SHAKE):
                await asyncio.sleep(0)
            still += 1
            if still > STUCK:
                task.cancel()
                await asyncio.wait([task])
                message = "nothing moves any more"
                raise AssertionError(message)
            waiting = [one for one in self.pending if not one.done()]
            if waiting:
                still = 0
                self.random.choice(waiting).set_result(None)
        try:
            return task.result()
        except Exception as error:  # noqa: BLE001 - it is compared
            return f"{type(error).__name__}: {error}"


class Asking:
    """A mapping or condition with an effect, on behalf of whoever asks."""

    def __init__(self, world: World, name: str, said: object, ctx: CallContext | None = None) -> None:
        self.world, self.name, self.said, self.ctx = world, name, said, ctx

    def on_behalf(self, ctx: CallContext) -> Asking:
        return Asking(self.world, self.name, self.said, ctx)

    async def __call__(self, values: Any) -> object:
        assert self.ctx is not None
        said = await self.world.effect(self.ctx, self.name, values)
        return said if self.said is None else self.said


class Builder:
    """Make a workflow of a shape, in a world."""

    def __init__(self, world: World, ctx: CallContext) -> None:
        self.world = world
        self.ctx = ctx
        self.last = 0

    async def workflow(self, shape: Phase) -> Workflow:
        self.last += 1
        steps = [await self.step(one, number, shape) for number, one in enumerate(shape.parts)]
        if shape.kind == "map_reduce":
            steps = [one.replace(name=name) for one, name in zip(steps, ("map", "reduce"), strict=False)]
        about = Definition(
            name=f"w{self.last}",
            kind=shape.kind,
            steps=tuple(steps),
            options=self.options(shape),
            tolerant=shape.tolerant,
        )
        return await make(self.ctx.app, about)

    def options(self, shape: Phase) -> dict[str, Any]:
        if shape.kind != "custom":
            return dict(shape.options)
        names = [f"s{number}" for number in range(len(shape.parts))]

        async def execute(_: object, run: Any) -> object:
            async def chain(some: list[str]) -> list[object]:
                return [await run(name) for name in some]

            return await asyncio.gather(chain(names[::2]), chain(names[1::2]))

        return {**shape.options, "execute": execute}

    async def step(self, shape: Shape, number: int, around: Phase) -> Step:
        name = f"s{number}"
        more: dict[str, Any] = {}
        if around.kind == "graph":
            more = {"after": tuple(f"s{one}" for one in around.after[number]), "join": around.join[number]}
        if isinstance(shape, Phase):
            return Step(name=name, subject=WorkflowSubject(await self.workflow(shape), phase=True), **more)
        world, failed = self.world, 0

        async def run(given: Given, ctx: CallContext) -> object:
            nonlocal failed
            found = [await world.effect(ctx, f"e{one}", [given.value, given.values]) for one in range(shape.effects)]
            if shape.fails and int(ctx.path.rpartition("/")[2]) <= shape.fails:
                raise ToolExecutionError(f"{name} failed")
            return found

        async def rescue(error: Exception, step: Step, given: Given, ctx: CallContext) -> Outcome:
            return Outcome(step, name, "recovered", await world.effect(ctx, "instead", str(error)), error=error)

        async def undo(given: Given, ctx: CallContext) -> object:
            return await world.effect(ctx, "undo", given.value)

        return Step(
            name=name,
            subject=FunctionSubject(run),
            input=Asking(world, "input", None) if shape.asks else UNMAPPED,
            condition=None if shape.condition is None else Asking(world, "if", shape.condition),
            output=f"{name}_said" if shape.named and around.kind not in ("graph", "parallel") else "",
            retry=Retry(attempts=2, delay=0) if shape.fails else None,
            rescue=rescue if shape.rescued else None,
            undo=Step(name="undo", subject=FunctionSubject(undo), input=None) if shape.undo else None,
            **more,
        )


# -- shapes ------------------------------------------------------------------------------------------------------------

leaves = st.builds(
    Leaf,
    effects=st.integers(0, 3),
    fails=st.sampled_from([0, 0, 0, 1]),  # a second attempt works
    asks=st.booleans(),
    condition=st.sampled_from([None, None, True, False]),
    undo=st.booleans(),
    named=st.booleans(),
)
hopeless = st.builds(Leaf, effects=st.integers(0, 2), fails=st.just(9), rescued=st.booleans(), asks=st.booleans())
atonce = st.sampled_from([{}, {"max_concurrency": 1}, {"max_concurrency": 2}])
ITEMS = {"items": ["a", "b", "c"]}


KINDS = ("sequential", "pipeline", "parallel", "loop", "fan_out", "map_reduce", "graph", "conditional")


@st.composite
def phases(draw: st.DrawFn, parts: st.SearchStrategy[Shape]) -> Phase:
    """Draw a phase whose steps all come to their ends, however they end."""
    kind = draw(st.sampled_from(KINDS))
    some = tuple(draw(st.lists(parts, min_size=1, max_size=4)))
    options: dict[str, Any] = {}
    tolerant = False
    if kind in ("parallel", "fan_out", "graph"):
        some = (*some, *draw(st.lists(hopeless, max_size=1)))
        options = {**draw(atonce), "fail_fast": False}
        tolerant = True
    if kind == "map_reduce":
        some = (some[0], Leaf())
    if kind in ("fan_out", "map_reduce"):
        options |= ITEMS
    if kind == "pipeline":
        options = draw(st.sampled_from([{}, ITEMS]))
    if kind == "loop":
        options = draw(st.sampled_from([ITEMS, {"count": 2}]))
    if kind == "conditional":
        some = tuple(one._replace(condition=False) for one in some[:-1] if isinstance(one, Leaf)) + some[-1:]
    after = tuple(
        tuple(sorted(draw(st.sets(st.integers(0, max(0, n - 1)), max_size=2)))) if n else () for n in range(len(some))
    )
    return Phase(kind, some, options, after, ("all",) * len(some), tolerant)


shapes = phases(st.recursive(leaves, lambda inner: st.one_of(leaves, phases(inner)), max_leaves=8))


sequences = st.builds(lambda parts: Phase("sequential", tuple(parts), {}), st.lists(leaves, min_size=1, max_size=3))
"""Steps within a step: the failure of one beside it cuts them off wherever they are."""


@st.composite
def races(draw: st.DrawFn) -> Phase:
    """Draw a workflow in which it matters who is first: failures end others, and steps begin after the first."""
    kind = draw(st.sampled_from(["parallel", "fan_out", "graph", "custom"]))
    parts = st.one_of(leaves, leaves, sequences) if kind == "parallel" else leaves
    some: tuple[Shape, ...] = tuple(draw(st.lists(parts, min_size=2, max_size=5)))
    if kind == "custom":
        return Phase(kind, some, {})
    if kind == "graph":
        after = tuple(
            tuple(sorted(draw(st.sets(st.integers(0, n - 1), max_size=3)))) if n else () for n in range(len(some))
        )
        return Phase(kind, some, {}, after, tuple(draw(st.sampled_from(["all", "any"])) for _ in some))
    where = draw(st.integers(0, len(some)))
    some = (*some[:where], draw(hopeless)._replace(rescued=False), *some[where:])
    whole = Phase(kind, some, {**draw(atonce), **(ITEMS if kind == "fan_out" else {})})
    around = Phase("sequential", (Leaf(undo=True), whole), {})
    return around if draw(st.booleans()) else whole


class Ran(NamedTuple):
    """What came of a run, and what was done outside."""

    result: Any
    done: list[str]
    ctx: CallContext


async def ran(shape: Phase, seed: int, journal: Any) -> Ran:
    """Run a workflow of a shape with a journal, in a world with an order of its own."""
    world = World(seed)
    async with open_context() as ctx:
        ctx.run.journal = journal
        workflow = await Builder(world, ctx).workflow(shape)
        result = await world.drive(workflow.execute({"x": 1}, ctx=ctx))
        return Ran(plain(result), world.done, ctx)


def plain(result: object) -> object:
    """Give a result without the times in it."""
    if isinstance(result, dict):
        return {key: plain(one) for key, one in result.items() if key != "duration"}
    return [plain(one) for one in result] if isinstance(result, list) else result
