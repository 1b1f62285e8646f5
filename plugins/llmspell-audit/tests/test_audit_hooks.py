"""The log in applications: what is written down of what happens, and what happens when nothing can be written."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import AuditError, ConfigError, PermissionDeniedError, RefusedError
from llmspell.model.decision import Answer, Refuse
from llmspell.spec import HookOptions, ToolOutput
from llmspell.testing import PluginContract, open_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from .audit_place import Place


class TestPlugin(PluginContract):
    plugin = "llmspell_audit.plugin"


def told(place: Place, kind: str) -> list[dict[str, Any]]:
    return [one for one in place.records() if one["kind"] == kind]


async def test_a_call_and_its_rights_are_written_down(place: Place, audited: Callable[..., Any]) -> None:
    (place.folder / "a.txt").write_text("x")
    async with audited(grants=("fs.read=.",)) as ctx:
        await ctx.app.tools.execute(ctx, "reads", {"path": "a.txt"})
        run = ctx.run.id
    kinds = [kind for kind in place.kinds() if not kind.startswith(("plugin_", "component_"))]
    assert kinds[0] == "opened"
    assert kinds[1] == "tool_execution begun"
    assert set(kinds[2:-1]) == {"right_used"}
    assert kinds[-1] == "tool_execution done"
    begun, done = told(place, "tool_execution")
    assert begun["arguments"] == {"path": "a.txt"}
    assert (begun["subject"], begun["run"], begun["user"]) == ("reads", run, "local")
    assert done["seconds"] >= 0
    right = told(place, "right_used")[0]
    assert (right["right"], right["target"], right["run"]) == ("fs.read", str(place.folder / "a.txt"), run)
    assert right["who"] == "tool reads"
    assert place.log().verify().fault is None


async def test_rights_that_are_used_in_threads_are_written_down(place: Place, audited: Callable[..., Any]) -> None:
    async with audited(grants=("fs.read=.", "fs.write=.")) as ctx:
        await asyncio.gather(*(ctx.fs.write(f"{number}.txt", b"x" * 100_000) for number in range(20)))
        await asyncio.gather(*(ctx.fs.rename(f"{number}.txt", f"{number}.new") for number in range(20)))
    targets = {Path(one["target"]).name for one in told(place, "right_used") if one["right"] == "fs.write"}
    assert {f"{number}.{kind}" for number in range(20) for kind in ("txt", "new")} <= targets
    assert place.log().verify().fault is None


async def test_a_missing_right_is_written_down(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        with pytest.raises(PermissionDeniedError):
            await ctx.app.tools.execute(ctx, "reads", {"path": "a.txt"})
    assert told(place, "right_denied")[0]["target"] == str(place.folder / "a.txt")
    refused = told(place, "tool_execution")[-1]
    assert (refused["phase"], refused["error"]["code"]) == ("refused", 2006)


@pytest.mark.parametrize("band", ["user", "trace", "policy"])
async def test_a_refused_call_is_written_down_wherever_it_is_refused(
    place: Place, audited: Callable[..., Any], band: str
) -> None:
    async with audited() as ctx:
        ctx.app.hooks.register("before_tool_execution", lambda: Refuse("no"), HookOptions(band=band))
        with pytest.raises(RefusedError):
            await ctx.app.tools.execute(ctx, "reads", {"path": "a.txt"})
    assert told(place, "tool_execution")[-1]["phase"] == "refused"
    assert told(place, "tool_execution")[-1]["error"]["message"].endswith("no")


async def test_a_call_that_a_hook_answers_is_written_down(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        answer = Answer(ToolOutput("given"))
        ctx.app.hooks.register("before_tool_execution", lambda: answer, HookOptions(band="trace"))
        await ctx.app.tools.execute(ctx, "reads", {"path": "a.txt"})
    assert [one["phase"] for one in told(place, "tool_execution")] == ["done"]


async def test_a_cancelled_call_is_written_down(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        task = asyncio.create_task(ctx.app.tools.execute(ctx, "waits", {}))
        while not place.path.exists() or "tool_execution begun" not in place.kinds():  # noqa: ASYNC110 - of a file
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [one["phase"] for one in told(place, "tool_execution")] == ["begun", "cancelled"]


async def test_secrets_are_masked(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        ctx.app.services.secrets.add("canary", "sk-canary-0123456789")
        with pytest.raises(PermissionDeniedError):
            await ctx.app.tools.execute(ctx, "reads", {"path": "sk-canary-0123456789.txt", "token": "unknown-token"})
        ref = ctx.secrets.get("canary").bound("api.example.com")
        ctx.app.services.secrets.resolve(ref, "api.example.com")
    text = place.path.read_text()
    assert "canary-0123456789" not in text
    assert "unknown-token" not in text
    used = told(place, "secret_used")[0]
    assert (used["name"], used["host"]) == ("canary", "api.example.com")


async def test_a_key_without_a_value_is_a_log_that_cannot_be_written(audited: Callable[..., Any]) -> None:
    async with audited(**{"audit.signing_key": "${NO_SUCH_AUDIT_KEY}", "audit.required": True}) as ctx:
        with pytest.raises(AuditError, match="the key of the audit log is missing"):
            await ctx.storage.put("a", b"1")


async def test_a_short_key_is_none(audited: Callable[..., Any]) -> None:
    async with audited(**{"audit.signing_key": "short", "audit.required": True}) as ctx:
        with pytest.raises(AuditError, match="has 5 bytes: 16 are needed"):
            await ctx.storage.put("a", b"1")


async def test_arguments_may_be_left_out(place: Place, audited: Callable[..., Any]) -> None:
    async with audited(**{"audit.arguments": False}) as ctx:
        with pytest.raises(PermissionDeniedError):
            await ctx.app.tools.execute(ctx, "reads", {"path": "private.txt"})
    assert all("arguments" not in one for one in told(place, "tool_execution"))
    assert len({one["digest"] for one in told(place, "tool_execution") if "digest" in one}) == 1


async def test_operations_may_be_chosen(place: Place, audited: Callable[..., Any]) -> None:
    async with audited(**{"audit.operations": ["tool_execution"]}) as ctx:
        await ctx.storage.put("a", b"1")
        with pytest.raises(PermissionDeniedError):
            await ctx.app.tools.execute(ctx, "reads", {"path": "private.txt"})
    assert {one["kind"] for one in place.records() if "phase" in one} == {"tool_execution"}


async def test_what_is_only_looked_at_writes_nothing(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        ctx.app.catalog.list("tool")
    assert not place.path.exists()


async def test_without_a_section_nothing_is_imported(place: Place) -> None:
    async with open_context(config={"storage.backend": "memory"}) as ctx:
        await ctx.storage.put("a", b"1")
        assert ctx.app.witness is None
        assert ctx.app.services.secrets.witness is None
    assert not place.path.exists()


async def test_an_empty_section_keeps_no_log() -> None:
    """The template of `llmspell config init` has one."""
    async with open_context(config={"storage.backend": "memory", "audit.keep": 0}) as ctx:
        await ctx.storage.put("a", b"1")
        assert ctx.app.witness is None


async def test_what_is_required_must_be_on() -> None:
    with pytest.raises(ConfigError, match="set `enabled = true`"):
        async with open_context(config={"audit.required": True}):
            pass


async def test_a_log_that_is_off_writes_nothing(place: Place, audited: Callable[..., Any]) -> None:
    async with audited(**{"audit.enabled": False}) as ctx:
        await ctx.storage.put("a", b"1")
    assert not place.path.exists()


# -- required ----------------------------------------------------------------------------------------------------------


async def test_what_cannot_be_written_down_does_not_happen(place: Place, audited: Callable[..., Any]) -> None:
    (place.folder / "log").write_text("in the way")
    (place.folder / "a.txt").write_text("x")
    async with audited(grants=("fs.read=.",), **{"audit.required": True}) as ctx:
        with pytest.raises(AuditError, match="cannot be written"):
            await ctx.app.tools.execute(ctx, "reads", {"path": "a.txt"})
        with pytest.raises(AuditError):
            await ctx.storage.put("a", b"1")
        assert await ctx.storage.get("a") is None
        with pytest.raises(AuditError):
            await ctx.fs.read("a.txt")
        (place.folder / "log").unlink()
        await ctx.storage.put("a", b"1")
    assert place.log().verify().fault is None


async def test_what_is_not_required_goes_on_and_is_counted(
    place: Place, audited: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    (place.folder / "log").write_text("in the way")
    async with audited() as ctx:
        await ctx.storage.put("a", b"1")
        await ctx.storage.put("b", b"1")
        assert ctx.app.hook_sets.statistics()["audit"] == {"lost": 4}
        (place.folder / "log").unlink()
        await ctx.storage.put("c", b"1")
    assert [one["records"] for one in told(place, "lost")] == [4]
    assert len([one for one in caplog.records if "unrecorded" in one.message]) == 1


FULL = """
import asyncio, resource, sys
from pathlib import Path
from llmspell.errors import AuditError
from llmspell.testing import open_context
folder = Path(sys.argv[1])
async def main():
    config = {"audit.enabled": True, "audit.path": str(folder / "log.jsonl"), "audit.anchor": str(folder / "anchor"),
              "audit.required": True, "storage.backend": "memory"}
    async with open_context(config=config, grants=(f"fs.write={folder}",), cwd=folder) as ctx:
        await ctx.storage.put("before", b"1")
        size = (folder / "log.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        for act in (ctx.storage.put("after", b"1"), ctx.fs.write("new.txt", b"x")):
            try:
                await act
            except AuditError as error:
                print(error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(await ctx.storage.get("after"), (folder / "new.txt").exists())
asyncio.run(main())
"""


def test_a_full_disk_stops_what_is_guarded(tmp_path: Path) -> None:
    """The limit on the size of files stands for a disk without room: the write itself fails, in the kernel."""
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["6120", "6120", "None", "False"]


READ_ONLY = """
import asyncio, os, sys
from pathlib import Path
from llmspell.errors import AuditError
from llmspell.testing import open_context
folder = Path(sys.argv[1])
async def main(path):
    config = {"audit.enabled": True, "audit.path": str(folder / path), "audit.anchor": str(folder / "anchor"),
              "audit.signing_key": "a key of this test", "audit.required": True, "storage.backend": "memory"}
    async with open_context(config=config) as ctx:
        try:
            await ctx.storage.put("a", b"1")
        except AuditError as error:
            print(error)
        print(await ctx.storage.get("a"))
asyncio.run(main("first.jsonl"))  # imports all, from places that only this user may read
(folder / "log").mkdir(mode=0o500)
if os.geteuid() == 0:  # who may do everything would not be kept from it
    os.chmod(folder, 0o755)
    os.setegid(65534)
    os.seteuid(65534)
asyncio.run(main("log/audit.jsonl"))
"""


@pytest.mark.skipif(os.name == "nt", reason="file modes mean nothing on Windows")
def test_a_folder_that_may_not_be_written_stops_what_is_guarded() -> None:
    with tempfile.TemporaryDirectory() as folder:  # not below those of pytest, which others may not enter
        words = [sys.executable, "-c", READ_ONLY, folder]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder)
    first, said, kept = done.stdout.splitlines()
    assert (first, kept) == ("b'1'", "None")
    assert said.endswith("cannot be written: Permission denied")


# -- anchors -----------------------------------------------------------------------------------------------------------


async def test_the_head_is_told_at_the_end(place: Place, audited: Callable[..., Any]) -> None:
    async with audited() as ctx:
        await ctx.storage.put("a", b"1")
        first = place.anchor.read_bytes()
        await ctx.storage.put("b", b"1")
        assert place.anchor.read_bytes() == first
    assert place.anchor.read_bytes() != first
    assert place.log().verify().fault is None


async def test_the_head_is_told_while_nothing_happens(place: Place, audited: Callable[..., Any]) -> None:
    """The timer of the loop rings one second after the last record at the earliest; the test waits for the file."""
    async with audited(**{"audit.anchor_every": 1}) as ctx:
        await ctx.storage.put("a", b"1")
        first = place.anchor.read_bytes()
        await ctx.storage.put("b", b"1")
        async with asyncio.timeout(30):
            while place.anchor.read_bytes() == first:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.01)
