"""State as runs see it: scopes, rights, hooks, events, and who may see whose."""

from __future__ import annotations

import asyncio

import attrs
import pytest

from llmspell.errors import (
    ConversionError,
    PermissionDeniedError,
    RefusedError,
    SessionError,
    StateConflictError,
    StorageError,
    ValidationError,
)
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.runtime.app import App
from llmspell.runtime.state_copies import export_state, hand_over, import_state
from llmspell.runtime.tools import ScriptTool
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from llmspell.spec import tool
from llmspell.spec.states import SCOPES, StateFilter
from llmspell.testing import ManualClock


def view(run, scope=None, owner=None):
    return run.app.states.view(run.context(), scope, owner)


@attrs.frozen
class Plan:
    title: str


async def test_a_run_has_a_state_of_its_own_that_ends_with_it(app):
    async with app.run("one") as one, app.run("two") as two:
        await view(one).set("k", 1)
        assert await view(two).get("k", "none") == "none"
        place = view(one).place
    assert place.scope == "run"
    assert await app.states.durable.places() == {}


async def test_other_scopes_outlive_runs(app):
    for scope, owner in (("shared", None), ("process", None), ("agent", "scout")):
        async with app.run("spell") as run:
            await view(run, scope, owner).set("k", scope)
        async with app.run("spell") as run:
            assert await view(run, scope, owner).get("k") == scope
    async with app.run("other") as run:
        assert await view(run, "agent", "scout").get("k") is None, "an agent of the same name of another spell"


async def test_the_scope_process_is_never_written_to_the_store(app, run):
    await view(run, "process").set("k", 1)
    assert (await (await app.stores.backend()).stats()).keys == 0


async def test_an_agent_at_work_is_the_owner_of_its_scope(run, agent, model):
    async def remember(_, ctx):
        await run.app.states.view(ctx.within(None, "spell"), "agent").increment("calls")
        return "done"

    run.app.tools.register(run, "remember", "Remember.", ScriptTool(remember, {"type": "object"}), category="test")
    model([{"tool_calls": [{"name": "remember", "arguments": {}}]}, {"text": "ok"}])
    await (await agent(tools=("remember",))).execute("go")
    assert await view(run, "agent", "tester").get("calls") == 1


@pytest.mark.parametrize(
    ("scope", "owner", "error"),
    [
        ("shard", None, ValidationError),
        ("shared", "me", ValidationError),
        ("agent", "", ValidationError),
        ("agent", "a\x1fb", ValidationError),
        ("agent", None, ValidationError),
        ("session", None, SessionError),
    ],
)
async def test_a_scope_that_is_not_there_says_so(run, scope, owner, error):
    with pytest.raises(error) as caught:
        view(run, scope, owner)
    assert caught.value.suggestions or scope == "agent"


def test_scopes_are_those_of_the_contract():
    assert list(SCOPES) == ["process", "session", "run", "agent", "shared"]


async def test_a_write_is_an_operation_that_hooks_see_change_and_refuse(run):
    def decide(call):
        if call.subject == "locked":
            return Refuse("read only")
        if call.subject == "loud":
            return Proceed(call.replace(input=tuple(o._replace(value=o.value.upper()) for o in call.input)))
        return Answer({"answered": 99}) if call.subject == "answered" else None

    run.hooks.register("before_state_write", decide)
    state = view(run)
    with pytest.raises(RefusedError, match="read only"):
        await state.set("locked", 1)
    await state.set("loud", "quiet")
    assert await state.get("loud") == "QUIET"
    assert await state.set("answered", 1) == 99
    assert not await state.exists("answered")


async def test_a_write_that_nobody_heard_of_does_not_hide_the_next(app, run):
    state, heard = view(run, "run"), []
    for number in range(3):  # by now it is known that nobody listens
        assert await state.set("k", number) == number + 1
    app.events.subscribe("state_updated", lambda event: heard.append(event.data["version"]))
    await state.set("k", "told")
    run.hooks.register("before_state_write", lambda call, ctx: Refuse("no more"))
    with pytest.raises(RefusedError):
        await state.set("k", "refused")
    assert (heard, await state.get("k")) == ([4], "told")


async def test_what_a_hook_makes_of_a_value_must_be_json(run):
    run.hooks.register(
        "before_state_write",
        lambda call: Proceed(call.replace(input=tuple(o._replace(value=b"{") for o in call.input))),
    )
    with pytest.raises(StorageError, match="damaged"):
        await view(run).set("k", 1)
    assert not await view(run).exists("k")


async def test_rights_say_which_keys_may_be_read_and_written(app):
    rules = ["state.read=state:shared/open.*", "state.write=state:shared/open.b"]
    async with app.run("giver") as giver:
        await view(giver, "shared").set_many({"open.a": 1, "open.b": 2, "closed": 3})
    async with app.run("poor", grants=Grants.parse(rules)) as poor:
        state = view(poor, "shared")
        assert (await state.get("open.a"), await state.keys()) == (1, ["open.a", "open.b"])
        await state.set("open.b", 5)
        for work in (
            state.get("closed"), state.entry("closed"), state.exists("closed"), state.history("closed"),
            state.set("open.a", 1), state.delete("open.a"), state.increment("open.a"), state.clear("open"),
            state.set_many({"open.b": 1, "open.a": 1}), state.drop(), state.whole(), view(poor).get("k"),
        ):  # fmt: skip
            with pytest.raises(PermissionDeniedError, match=r"state\.(read|write)"):
                await work
        assert await state.get("open.b") == 5
    async with app.run("poorest", grants=Grants.nothing()) as poorest:
        with pytest.raises(PermissionDeniedError):
            await view(poorest).keys()


async def test_a_right_may_name_the_session_of_others(app, run):
    made = await app.sessions.create(run.context(), values={"k": 1})
    async with app.run(
        "own", grants=Grants.parse(["state.read=state:session/*", "state.read=state:sessions/*"])
    ) as own:
        with pytest.raises(PermissionDeniedError):
            await view(own, "session", made.id).get("k")
        own.session = made.id
        assert await view(own, "session", made.id).get("k") == 1


async def test_an_update_is_asked_again_when_somebody_wrote_in_between(run):
    state = view(run)
    await state.set("n", 1)
    seen: list[tuple[int, int]] = []

    async def change(value, version):
        seen.append((value, version))
        if len(seen) == 1:
            await state.set("n", 10)
        return value + 1

    entry = await state.update("n", change)
    assert (entry.value, entry.version, seen) == (11, 3, [(1, 1), (10, 2)])

    async def meddle(value, version):
        await state.increment("n")
        return 0

    with pytest.raises(StateConflictError) as caught:
        await state.update("n", meddle, attempts=3)
    assert "3 attempts" in caught.value.suggestions[0]
    assert await state.get("n") == 14


async def test_a_deletion_that_names_a_version_is_held_to_it(run):
    state = view(run)
    await state.set("k", 1)
    with pytest.raises(StateConflictError):
        await state.delete("k", version=2)
    with pytest.raises(StateConflictError):
        await state.delete("absent", version=2)
    assert await state.delete("k", version=1)
    assert not await state.delete("k")


async def test_values_of_typed_classes(run):
    state = view(run)
    await state.set("plan", Plan("a"))
    assert await state.get("plan", kind=Plan) == Plan("a")
    assert await state.get("none", Plan("default"), kind=Plan) == Plan("default")
    with pytest.raises(ConversionError):
        await state.get("plan", kind=int)


async def test_only_numbers_count(run):
    state = view(run)
    wrong: tuple[object, ...] = ("1", 1.5, True, None, [])
    for value in wrong:
        await state.set("k", value)
        with pytest.raises(ValidationError, match="no whole number"):
            await state.increment("k")
    assert await state.increment("big", 2**70) == 2**70


async def test_changes_are_told_to_subscribers_of_every_run_and_only_to_those_who_may_read(app, run):
    heard: list[object] = []
    denied: list[object] = []
    events: list[object] = []
    async with app.run("other") as other, app.run("blind", grants=Grants.nothing()) as blind:
        view(other, "shared").subscribe("a*", lambda event: heard.append(dict(event.data)))
        view(blind, "shared").subscribe("*", denied.append)
        app.events.subscribe("state_write_*", lambda event: events.append((event.name, event.data["verb"])))
        state = view(run, "shared")
        await state.set("a1", "secret")
        await state.set("b", 1)
        await view(run).set("a2", 1)
        await state.delete("a1")
    about = {"scope": "shared", "owner": "", "key": "a1"}
    assert heard == [{**about, "version": 1, "deleted": False}, {**about, "version": 2, "deleted": True}]
    assert denied == []
    assert ("state_write_completed", "delete") in events


async def test_a_copy_goes_out_and_in_all_or_nothing(run):
    source, target = view(run), view(run, "process")
    await source.set_many({"a": {"x": 1}, "b": 2})
    copy = await export_state(source)
    await target.set("b", "there")
    with pytest.raises(StateConflictError, match="'b'"):
        await import_state(target, copy)
    assert await target.keys() == ["b"]
    assert await import_state(target, copy, "keep") == 1
    assert await target.get("b") == "there"
    assert await import_state(target, copy, "replace") == 2
    assert (await target.get("a"), await target.get("b")) == ({"x": 1}, 2)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"format": "other"}, "no exported state"),
        ({"version": 2}, "format version 2"),
        ({"entries": "x"}, "no list"),
        (
            {"entries": [{"key": 1}, {"key": "a"}, {"key": "a"}]},
            r"entries\.0\.key must be text; entries\.2\.key 'a' is there twice",
        ),
        ({"entries": [{"key": "a", "value": b""}]}, None),
    ],
)
async def test_what_is_no_export_is_refused_with_all_its_faults(run, broken, says):
    document = {"format": "llmspell-state", "version": 1, "entries": [], **broken}
    with pytest.raises((ValidationError, ConversionError), match=says):
        await import_state(view(run), document)


async def test_a_handoff_takes_along_what_its_filter_chooses(run):
    source, target = view(run, "agent", "a"), view(run, "agent", "b")
    await source.set_many({"plan.one": 1, "plan.secret": 2, "note": 3})
    wanted = StateFilter(include=("plan.*",), exclude=("*.secret",))
    assert await hand_over(source, target, wanted) == ["plan.one"]
    assert await target.keys() == ["plan.one"]
    assert await hand_over(source, target) == ["note", "plan.one", "plan.secret"]


async def test_the_state_of_a_component_needs_the_rights_it_declares(app, run):
    with_right = run.context().within(tool("a", "m:A", "A.", category="c", needs={"state.read"}), "a")
    without = run.context().within(tool("b", "m:B", "B.", category="c"), "b")
    assert await with_right.state.get("k") is None
    for work in (with_right.state.set("k", 1), without.state.get("k")):
        with pytest.raises(PermissionDeniedError, match=r"state\.(read|write) is not granted"):
            await work


async def test_a_component_finds_the_session_and_other_scopes_with_its_own_rights(app, run):
    component = tool("a", "m:A", "A.", category="c", needs={"state.read", "state.write"})
    ctx = run.context().within(component, "a")
    assert ctx.session == ""
    made = await app.sessions.create(run.context(), name="trip")
    await ctx.state_of("session", made.id).set("k", 1)
    await ctx.state_of("shared").set("k", 2)
    await app.sessions.join(run, "trip")
    assert (ctx.session, await ctx.state.get("k"), await view(run, "shared").get("k")) == (made.id, 1, 2)
    with pytest.raises(PermissionDeniedError, match="state:shared/k"):
        await run.context().within(tool("b", "m:B", "B.", category="c"), "b").state_of("shared").get("k")


async def test_backups_are_made_when_due_and_at_the_end_and_old_ones_go(tmp_path):
    clock = ManualClock()
    flags = {"state.backup_interval": "1h", "state.backup_keep": 2, "state.backup_path": str(tmp_path / "b")}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")
    folder = tmp_path / "b"
    async with App.open(config=config, clock=clock) as app, app.run("test") as run:
        await view(run, "shared").set("k", 1)
        await clock.until(1)
        assert len(list(folder.iterdir())) == 1
        for number in range(3):
            await clock.advance(3600)
            async with asyncio.timeout(10):
                await clock.until(1)
            assert len(list(folder.iterdir())) == min(number + 2, 2)
        newest = max(folder.iterdir())
    async with App.open(config=config, clock=clock) as app, app.run("test") as run:
        backend = await app.stores.backend()
        await backend.restore(newest)
        assert await view(run, "shared").get("k") == 1
    assert len(list(folder.iterdir())) == 2


async def test_stores_that_share_a_folder_of_backups_do_not_push_each_other_out(tmp_path):
    clock = ManualClock()
    shared = {"state.backup_interval": "1h", "state.backup_keep": 1, "state.backup_path": str(tmp_path / "b")}
    for project in ("one", "two", "one", "two"):
        flags = {**shared, "storage.backend": "sqlite", "storage.path": str(tmp_path / project)}
        config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")
        async with App.open(config=config, clock=clock) as app, app.run("test") as run:
            await run.storage("n").put("k", project.encode())  # not the state alone is worth a backup
    made = {path.name.split("-")[2] for path in (tmp_path / "b").iterdir()}
    assert len(made) == len(list((tmp_path / "b").iterdir())) == 2


async def test_backups_lie_beside_the_store(tmp_path):
    flags = {"state.backup_interval": "1h", "storage.backend": "sqlite", "storage.path": str(tmp_path / "own")}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")
    async with App.open(config=config, clock=ManualClock()) as app, app.run("test") as run:
        await asyncio.gather(*(view(run, "shared").set(key, 1) for key in "abc"))
        assert [task.get_name() for task in asyncio.all_tasks()].count("backups of the store") == 1
    assert len(list((tmp_path / "own" / "backups").iterdir())) == 1


async def test_a_backup_that_fails_is_told_and_tried_again(tmp_path, caplog):
    clock = ManualClock()
    (tmp_path / "file").write_text("in the way")
    flags = {"state.backup_interval": "1h", "state.backup_path": str(tmp_path / "file")}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")
    async with App.open(config=config, clock=clock) as app, app.run("test") as run:
        await view(run, "shared").set("k", 1)
        await clock.until(1)
        assert "could not be backed up" in caplog.text
        (tmp_path / "file").unlink()
        await clock.advance(3600)
        await clock.until(1)
        assert len(list((tmp_path / "file").iterdir())) == 1
