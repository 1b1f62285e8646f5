"""Sessions: who may join, what they keep, when they expire, and what clocks that jump do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import PermissionDeniedError, SessionError, SessionNotFoundError, ValidationError
from llmspell.model.decision import Refuse
from llmspell.runtime.app import App
from llmspell.services.cleanup import Cleanup
from llmspell.services.permissions import Grants
from llmspell.services.state import Ledger
from llmspell.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec.storages import Operation

HOUR = 3600.0


class JumpingClock(ManualClock):
    """A clock of which the time of day can be set."""

    jump = 0.0

    def now(self) -> float:
        return super().now() + self.jump


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
async def app(clock):
    async with App.open(clock=clock) as app:
        yield app


@pytest.fixture
def sessions(app):
    return app.sessions


@pytest.fixture
def ctx(run):
    return run.context()


async def test_a_session_is_found_by_id_and_name_and_listed_by_last_use(app, sessions, ctx, clock):
    first = await sessions.create(ctx, name="trip", tags=["b", "a", "b"], values={"x": 1})
    await clock.advance(1)
    second = await sessions.create(ctx)
    assert await sessions.find(ctx, "trip") == await sessions.find(ctx, first.id) == first
    assert first.tags == ("a", "b")
    assert [one.id for one in await sessions.all(ctx)] == [second.id, first.id]
    assert await sessions.all(ctx, tag="a") == await sessions.all(ctx, name="trip") == [first]
    assert await sessions.all(ctx, status="expired") == []
    assert await app.states.view(ctx, "session", first.id).get("x") == 1


async def test_what_no_session_can_be_is_refused(sessions, ctx):
    await sessions.create(ctx, name="trip")
    with pytest.raises(SessionError, match="'trip' already"):
        await sessions.create(ctx, name="trip")
    for wrong in ({"name": " x"}, {"name": "a\x1fb"}, {"tags": [""]}, {"lifetime": 0.0}, {"lifetime": float("inf")}):
        with pytest.raises(ValidationError):
            await sessions.create(ctx, **wrong)
    with pytest.raises(ValidationError, match="asleep"):
        await sessions.all(ctx, status="asleep")
    with pytest.raises(SessionNotFoundError) as caught:
        await sessions.find(ctx, "trap")
    assert caught.value.suggestions == ("did you mean trip?",)
    with pytest.raises(SessionNotFoundError):
        await sessions.find(ctx, "")


async def test_two_that_make_a_session_of_one_name_make_one(sessions, ctx):
    results = await asyncio.gather(*(sessions.create(ctx, name="one") for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Session", "SessionError", "SessionError"]


async def test_runs_of_a_session_share_its_state(app, sessions, ctx):
    made = await sessions.create(ctx)
    for number in range(3):
        async with app.run(f"run{number}") as run:
            await sessions.join(run, made.id)
            assert await run.context().state.increment("n") == number + 1
            assert run.context().state.place.scope == "session"
    assert (await sessions.find(ctx, made.id)).runs == 3
    assert await app.states.view(ctx, "session", made.id).get("n") == 3


async def test_a_run_whose_hooks_refuse_every_write_leaves_its_session_all_the_same(app, sessions, ctx, clock):
    made = await sessions.create(ctx)
    async with app.run("test") as run:
        await sessions.join(run, made.id)
        run.hooks.register("before_state_write", lambda: Refuse("no more"))
        await clock.advance(5)
    assert (await sessions.find(ctx, made.id)).used == clock.now()


async def test_a_run_belongs_to_one_session(sessions, ctx, run):
    one, two = await sessions.create(ctx), await sessions.create(ctx)
    assert (await sessions.join(run, one.id)).id == (await sessions.join(run, one.id)).id
    with pytest.raises(SessionError, match="another session"):
        await sessions.join(run, two.id)


async def test_a_session_that_rests_or_has_expired_is_not_joined_until_it_is_resumed(app, sessions, ctx, clock):
    resting = await sessions.create(ctx, name="resting", lifetime=HOUR)
    await sessions.suspend(ctx, resting.id)
    over = await sessions.create(ctx, name="over", lifetime=HOUR, values={"x": 1})
    await clock.advance(HOUR + 1)
    assert {one.name: sessions.status(one) for one in await sessions.all(ctx)} == {
        "resting": "suspended",
        "over": "expired",
    }
    for session in (resting, over):
        async with app.run("test") as run:
            with pytest.raises(SessionError, match=r"suspended|expired") as caught:
                await sessions.join(run, session.id)
            assert caught.value.suggestions == (f"llmspell session resume {session.name}",)
            assert run.session == ""
            await sessions.resume(ctx, session.id)
            await sessions.join(run, session.id)
    assert await app.states.view(ctx, "session", over.id).get("x") == 1


async def test_a_run_keeps_its_session_from_expiring(app, sessions, ctx, clock):
    made = await sessions.create(ctx, lifetime=HOUR)
    async with app.run("test") as run:
        await sessions.join(run, made.id)
        await clock.advance(3 * HOUR)
        assert sessions.status(await sessions.find(ctx, made.id)) == "active"
        assert await sessions.purge(ctx) == []
        with pytest.raises(SessionError, match="used by a run"):
            await sessions.remove(ctx, made.id)
    assert sessions.status(await sessions.find(ctx, made.id)) == "active"
    await clock.advance(HOUR + 1)
    assert sessions.status(await sessions.find(ctx, made.id)) == "expired"


@pytest.mark.parametrize("jump", [-1000 * HOUR, 1000 * HOUR])
async def test_a_clock_that_jumps_under_way_expires_nothing(app, sessions, ctx, clock, jump):
    made = await sessions.create(ctx, lifetime=HOUR)
    clock.jump = jump
    await clock.advance(HOUR / 2)
    assert sessions.status(await sessions.find(ctx, made.id)) == "active"
    async with app.run("test") as run:
        await sessions.join(run, made.id)
    await clock.advance(HOUR + 1)
    assert sessions.status(await sessions.find(ctx, made.id)) == "expired"


async def test_a_process_that_starts_with_a_wrong_clock_removes_nothing(app, sessions, ctx, clock):
    made = await sessions.create(ctx, lifetime=HOUR)
    for jump, status in ((1000 * HOUR, "expired"), (-1000 * HOUR, "active"), (0.0, "active")):
        clock.jump = jump
        later = type(sessions)(app)
        assert later.status(await later.find(ctx, made.id)) == status


@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        (Cleanup(), []),
        (Cleanup(unused=1.5 * HOUR), ["a", "b"]),
        (Cleanup(age=2.5 * HOUR), ["a"]),
        (Cleanup(keep=1), ["a", "b"]),
        (Cleanup(keep=0), ["a", "b", "c"]),
        (Cleanup(unused=100 * HOUR, age=100 * HOUR, keep=10), []),
    ],
)
async def test_a_policy_sweeps_what_is_unused_old_or_too_much(sessions, ctx, clock, policy, gone):
    for name in ("a", "b", "c"):
        await sessions.create(ctx, name=name)
        await clock.advance(HOUR)
    await sessions.create(ctx, name="rests")
    await sessions.suspend(ctx, "rests")
    assert [one.name for one in await sessions.sweep(ctx, policy, dry=True)] == gone
    assert len(await sessions.all(ctx)) == 4
    assert [one.name for one in await sessions.sweep(ctx, policy)] == gone
    assert {one.name for one in await sessions.all(ctx)} == {"a", "b", "c", "rests"} - set(gone)


async def test_a_session_that_a_run_uses_is_not_swept(app, sessions, ctx):
    made = await sessions.create(ctx)
    async with app.run("user") as run:
        await sessions.join(run, made.id)
        assert await sessions.sweep(ctx, Cleanup(keep=0)) == []


async def test_what_expired_is_purged_when_somebody_says_so(app, sessions, ctx, clock):
    old = await sessions.create(ctx, lifetime=1.0, values={"x": 1})
    await clock.advance(HOUR)
    new = await sessions.create(ctx, lifetime=1.0)
    await clock.advance(2)
    kept = await sessions.create(ctx)
    assert [one.id for one in await sessions.purge(ctx, idle=60)] == [old.id]
    assert {one.id for one in await sessions.all(ctx)} == {new.id, kept.id}
    assert await app.states.view(ctx, "session", old.id).keys() == []


async def test_changes_side_by_side_lose_nothing(sessions, ctx):
    made = await sessions.create(ctx)
    await asyncio.gather(*(sessions.tag(ctx, made.id, add=[f"t{number}"]) for number in range(10)))
    await sessions.tag(ctx, made.id, remove=["t0"])
    await sessions.extend(ctx, made.id, 5.0)
    found = await sessions.find(ctx, made.id)
    assert (len(found.tags), found.lifetime) == (9, 5.0)


async def test_session_start_and_session_end_are_told(app, sessions, ctx):
    heard: list[object] = []
    app.events.subscribe("session_*", lambda event: heard.append((event.name, event.data["reason"])))
    made = await sessions.create(ctx)
    await sessions.suspend(ctx, made.id)
    await sessions.resume(ctx, made.id)
    await sessions.remove(ctx, made.id)
    assert heard == [
        ("session_start", "created"),
        ("session_end", "suspended"),
        ("session_start", "resumed"),
        ("session_end", "removed"),
    ]


class SharedMemory(MemoryStorage):
    """A store that others have, too; `gate` holds up those who write by this end of it."""

    capabilities = frozenset({"shared"})

    def __init__(self, other: SharedMemory | None = None) -> None:
        super().__init__()
        if other is not None:
            self._values, self._keys = other._values, other._keys
        self.gate = asyncio.Event()
        self.gate.set()
        self.writing = asyncio.Event()

    async def transaction(self, operations: Sequence[Operation]) -> None:
        self.writing.set()
        await self.gate.wait()
        await super().transaction(operations)


def put_below(app: App, store: SharedMemory) -> SharedMemory:
    async def open_store() -> SharedMemory:
        return store

    app.states.durable = Ledger(open_store, app.services.clock.now)
    return store


async def test_a_session_that_is_used_here_does_not_expire_for_other_processes(app, clock):
    async with App.open(clock=clock) as other:
        put_below(other, SharedMemory(put_below(app, SharedMemory())))
        async with other.run("looking") as looking, app.run("long") as long:
            made = await app.sessions.create(long.context(), lifetime=HOUR)
            await app.sessions.join(long, made.id)
            for _ in range(12):
                await clock.advance(HOUR / 4)
                assert await other.sessions.purge(looking.context()) == []
        async with other.run("later") as later:
            await clock.advance(HOUR * 2)
            assert [one.id for one in await other.sessions.purge(later.context())] == [made.id]


async def test_a_session_that_is_used_again_is_not_purged(app, clock):
    async with App.open(clock=clock) as other, app.run("one") as one, other.run("two") as two:
        store = put_below(other, SharedMemory(put_below(app, SharedMemory())))
        made = await app.sessions.create(one.context(), lifetime=1.0, values={"x": 1})
        await clock.advance(2)
        store.gate.clear()
        purging = asyncio.create_task(other.sessions.purge(two.context()))
        await store.writing.wait()
        await app.sessions.resume(one.context(), made.id)
        store.gate.set()
        assert await purging == []
        assert await app.states.view(one.context(), "session", made.id).get("x") == 1


async def test_sessions_need_the_rights_of_their_records(app, sessions):
    async with app.run("poor", grants=Grants.parse(["state.read=*"])) as poor:
        with pytest.raises(PermissionDeniedError, match="state:sessions/"):
            await sessions.create(poor.context())
        assert await sessions.all(poor.context()) == []
