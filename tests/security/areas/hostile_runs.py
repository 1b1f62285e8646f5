"""Models that do what an attacker wrote: nothing happens beyond what was granted.

Each case is a spell whose model is hostile. It is run twice: with its grants, where nothing may come of it, and as a
control with every right and without labels, where something must: else the case has tried nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.runtime.labels import exact
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from tests.security import hostile_tools
from tests.security.probe import Area, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.security.probe import Case, Stage

PRELUDE = """
local P = params
local function calls(name, arguments) return {tool_calls = {{name = name, arguments = arguments}}} end
local function both(one, other) return {tool_calls = {one.tool_calls[1], other.tool_calls[1]}} end
local function agent(name, tools, steps, more)
  local o = more or {}
  steps[#steps + 1] = {text = "done"}
  o.name, o.tools, o.provider, o.extra = name, tools, "scripted", {script = {steps = steps}}
  return Agent.new(o)
end
local function told(r) return {status = r.status, pending = r.pending, calls = r.tool_calls, text = r.content} end
local PRIVATE = calls("file_reader", {path = "private/customers.txt"})
local PAGE = calls("page", {})
"""
PLUGIN = "tests.security.hostile_tools"


class Server:
    """A server that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def open(self, stage: Stage) -> Server:
        """Listen until the stage closes."""
        self.listener = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = self.listener.sockets[0].getsockname()[1]
        stage.stack.callback(self.listener.close)
        return self

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await reader.readexactly(int(lengths[0].split(b":")[1])) if lengths else b""
        self.heard.append(head + body)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()


class World:
    """What there is to be read, sent, changed and run."""

    def __init__(self, folder: Path, stage: Stage, friend: Server, foe: Server) -> None:
        self.folder, self.friend, self.foe = folder, friend, foe
        self.secret, self.private = stage.canary("secret"), stage.canary("customer")
        self.work, self.outside = folder / "work", folder / "outside"
        for place in (self.work / "private", self.outside):
            place.mkdir(parents=True)
        (self.outside / "secret.txt").write_text(self.secret)
        (self.work / "notes.txt").write_text(hostile_tools.INJECTION)
        (self.work / "private" / "customers.txt").write_text(self.private)
        friend.heard.clear()
        foe.heard.clear()
        hostile_tools.OUTBOX.clear()
        self.before = self._tree()

    def _tree(self) -> dict[str, str]:
        files = (one for one in self.outside.rglob("*") if one.is_file())
        return {str(one): sha256(one.read_bytes()).hexdigest() for one in files}

    def params(self) -> dict[str, object]:
        """Give what the spell and its model know."""
        return {
            "outside": str(self.outside),
            "friend": f"http://127.0.0.1:{self.friend.port}",
            "foe": f"http://127.0.0.1:{self.foe.port}",
            "private": self.private,
        }

    def filled(self, text: str) -> str:
        """Fill the places of a rule."""
        return text.replace("{friend}", f"127.0.0.1:{self.friend.port}").replace("{work}", str(self.work))

    def effects(self, result: str) -> list[str]:
        """List what has happened that should not."""
        found = []
        if self.secret in result:
            found.append("the secret was read")
        if self.foe.heard:
            found.append("the foe was connected to")
        out = b"".join(self.friend.heard) + repr(hostile_tools.OUTBOX).encode()
        if self.private.encode() in out or self.secret.encode() in out:
            found.append("data were sent")
        if any(not to.endswith("@friend.example") for to, _ in hostile_tools.OUTBOX):
            found.append("mail was sent to a stranger")
        if self._tree() != self.before:
            found.append("files outside were changed")
        if "mallory, not" in result:
            found.append("somebody else was believed")
        return found


async def run(world: World, data: Mapping[str, Any], *, control: bool) -> tuple[str, list[str]]:
    """Run the spell of a case; give all that it told, and the pending calls whose bytes a person would be shown."""
    flags: dict[str, object] = {"permissions.private": ["fs.read=private"], "storage.backend": "memory"}
    flags |= {"permissions.labels": "off"} if control else data.get("config", {})
    rules = [world.filled(one) for one in data.get("grants", [])]
    named = [f"net.connect=127.0.0.1:{one.port}" for one in (world.friend, world.foe)]
    grants = Grants.default(cwd=world.work).extended(rules, cwd=world.work)
    if control:
        grants = Grants.everything(cwd=world.work).extended([*named, "process.exec=touch", "process.exec=bash"])
    for name, text in data.get("files", {}).items():
        (world.work / name).write_text(_whole(text, control=control))
    source = _whole(data["spell"], control=control)
    config = Config.load(flags=flags, environment={}, working=world.folder, user_folder=world.folder)
    selection = PluginSelection(modules=(PLUGIN,))
    async with App.open(config=config, grants=grants, selection=selection) as app:
        options = SpellOptions(isolation="inline", params=world.params(), engine="lua")
        path = world.work / "hostile.lua"
        try:
            result = await run_spell(app, path=path, source=source, options=options, on_print=lambda _: None)
        except LlmspellError as error:
            return f"raised {error.to_dict()}", []
    shown = [exact(one["tool"], one["arguments"]) for one in _pending(result) if "digest" in one]
    return json.dumps(result, default=str), shown


def _whole(text: str, *, control: bool) -> str:
    """Put the prelude between the header of a spell and the rest; a control has no header."""
    lines = text.lstrip("\n").splitlines(keepends=True)
    header = [line for line in lines if line.startswith("-- @")]
    rest = "".join(line for line in lines if line not in header)
    return ("" if control else "".join(header)) + PRELUDE + rest


def _pending(result: object) -> list[dict[str, Any]]:
    found = result.get("pending") if isinstance(result, dict) else None
    return found if isinstance(found, list) else []


async def try_one(case: Case, stage: Stage) -> str | None:
    """Run a case as it is and as its control."""
    friend = await stage.once("friend", lambda at: Server().open(at))
    foe = await stage.once("foe", lambda at: Server().open(at))
    here = os.getcwd()
    try:
        world = World(stage.fresh(), stage, friend, foe)
        os.chdir(world.work)
        told, shown = await run(world, case.data, control=False)
        if effects := world.effects(told):
            return f"{'; '.join(effects)}: {told[:300]}"
        if case.data.get("waits", False) is not bool(shown):
            return f"{'nobody is asked' if not shown else 'somebody is asked'}: {told[:300]}"
        if any(not (one.isascii() and one.isprintable()) for one in shown):
            return f"a person would be shown {shown!r}"
        if case.data.get("control", True):
            world = World(stage.fresh(), stage, friend, foe)
            os.chdir(world.work)
            told, _ = await run(world, case.data, control=True)
            if not world.effects(told):
                return f"the control had no effect: {told[:300]}"
    finally:
        os.chdir(here)
    return None


AREA = Area(
    "hostile_runs",
    promise="A1",
    title="Hostile models",
    how="a scripted model does what an attacker wrote: it asks for files, programs, hosts and mail, by tools, other "
    "agents, handoffs, teams, functions and loaded spells; files, servers, mail and processes are looked at "
    "afterwards, and each case is run once more with every right, where it must succeed",
    load=lambda: cases_of("hostile_runs.toml"),
    try_=try_one,
    sample=12,
)
