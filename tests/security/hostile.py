"""Hostile scripts: where they are run, the five ways of running them, and how it is told whether one got out.

A script is a file whose first line says what it reaches for and how; a second line `ends: KINDS` names the errors of
which one must end it. Every other one must come to its end and say "held": one that breaks off half-way has tried
nothing. It may know everything (`params` has paths, names and numbers) but the canaries.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.runtime.host import Limits
from tests.security.probe import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.runtime.app import App
    from tests.security.probe import Stage

SCRIPTS = CASES / "scripts"
WAYS = ("spell", "hook", "event", "tool", "step")
"""The script as a spell, as the body of a hook, as a handler of an event, as the function of a tool, as that
of a step of a workflow."""

ENDINGS = {"lua": ".lua", "javascript": ".js"}
HELD = "held"
LIMITS = Limits(cpu=20.0, memory=128 << 20, wall=30.0)
VARIABLE = "LLMSPELL_PROBE_VALUE"
_HEAD = re.compile(r"(?:--|//) (\w+): (.+)")
_ENDS = re.compile(r"(?:--|//) ends: ([\w, ]+)")


def scripts(language: str) -> list[Case]:
    """Read the scripts of a language; raises `ValueError` for one that does not say what it reaches for."""
    found = []
    for path in sorted((SCRIPTS / language).iterdir()):
        source = path.read_text(encoding="utf-8")
        first, second = [*source.splitlines(), ""][:2]
        about, ends = _HEAD.fullmatch(first), _ENDS.fullmatch(second)
        if about is None:
            raise ValueError(f"{path.name} does not begin with what it reaches for")
        data = {"reach": about[1], "how": about[2], "ends": ends[1].split(", ") if ends else [HELD], "source": source}
        found.append(Case(path.stem, {**data, "language": language}))
    return found


def every_way(cases: Sequence[Case]) -> list[Case]:
    """Give each case once for each way; neighbours differ in their way, so that a sample has all of them."""
    return [
        Case(f"{case.name}, as {way}", {**case.data, "way": way})
        for turn in range(len(WAYS))
        for place, case in enumerate(cases)
        for way in [WAYS[(place + turn) % len(WAYS)]]
    ]


def source_of(data: Mapping[str, str]) -> str:
    """Give the text of a spell that runs the script in its way."""
    if data["way"] == "spell":
        return data["source"]
    frame = (SCRIPTS / "ways" / (data["way"] + ENDINGS[data["language"]])).read_text(encoding="utf-8")
    return frame.replace("@SCRIPT@", data["source"])


class Prey:
    """What there is to reach: a file, a folder, a variable, a listener, another run, all of this process."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.folder
        self.spells = stage.folder / "spells"
        self.outside = stage.folder / "outside"
        self.canaries = {name: stage.canary(name) for name in ("file", "variable", "memory", "socket", "run", "link")}
        self.memory = [self.canaries["memory"]]
        self.dialled = 0
        self.said: list[str] = []
        self.port = 0
        self.before: dict[str, object] = {}
        self.app: App

    @classmethod
    async def laid_out(cls, stage: Stage) -> Prey:
        """Lay everything out; it goes with the stage."""
        prey = cls(stage)
        for folder in (prey.spells, prey.outside):
            folder.mkdir()
        (prey.outside / "secret.txt").write_text(prey.canaries["file"])
        (prey.outside / "secret.lua").write_text(f"return {prey.canaries['link']!r}")
        (prey.outside / "secret.js").write_text(f"module.exports = {prey.canaries['link']!r}")
        for ending in (".lua", ".js", ".txt"):
            (prey.spells / f"link{ending}").symlink_to(prey.outside / f"secret{ending}")
        os.environ[VARIABLE] = prey.canaries["variable"]
        stage.stack.callback(os.environ.pop, VARIABLE, None)
        server = await asyncio.start_server(prey.greet, "127.0.0.1", 0)
        stage.stack.push_async_callback(server.wait_closed)
        stage.stack.callback(server.close)
        prey.port = server.sockets[0].getsockname()[1]
        prey.app = (await stage.context(cwd=prey.spells)).app
        await prey.begin_other_run(stage)
        prey.before = prey.state()
        return prey

    async def greet(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count who connects, and give the canary away."""
        self.dialled += 1
        writer.write(self.canaries["socket"].encode())
        writer.close()

    async def begin_other_run(self, stage: Stage) -> None:
        """Have another spell under way that holds a canary in everything a spell can hold one in."""
        ready = asyncio.Event()

        def hear(text: str) -> None:
            self.said.append(text)
            ready.set()

        source = (SCRIPTS / "other_run.lua").read_text(encoding="utf-8")
        options = SpellOptions(
            engine="lua", params={"canary": self.canaries["run"]}, limits=Limits(cpu=None, wall=None)
        )
        path = self.spells / "other.lua"
        spell = run_spell(self.app, path=path, source=source, options=options, on_print=hear)
        other = asyncio.create_task(spell)
        stage.stack.push_async_callback(_ended, other)
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait((other, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if other.done():
            await other  # it failed before it was ready

    def params(self) -> dict[str, object]:
        """Give what an attacker may know."""
        return {
            "file": str(self.outside / "secret.txt"),
            "folder": str(self.outside),
            "port": self.port,
            "variable": VARIABLE,
            "pid": os.getpid(),
            "address": id(self.memory),
        }

    def state(self) -> dict[str, object]:
        """Give what no script may change."""
        files = {path: path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}
        return {
            "files": files,
            "memory": list(self.memory),
            "environment": dict(os.environ),
            "folder": os.getcwd(),
            "connections": self.dialled,
            "what the other run said": list(self.said),
            "programs": _programs(),
        }

    def told(self, said: str) -> str | None:
        """Say which canary is in a text, or what has changed; None when nothing was reached."""
        for name, canary in self.canaries.items():
            if canary in said or canary.partition("-")[2] in said:
                return f"it reached the canary of the {name}"
        after = self.state()
        changed = [name for name, value in self.before.items() if after[name] != value]
        return f"it changed {', '.join(changed)}" if changed else None


async def _ended(task: asyncio.Task[object]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _programs() -> list[bytes]:
    """List the programs that this process has started, but engines; one that is being started is still its twin."""
    found, own = [], Path("/proc/self/cmdline").read_bytes()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread or a process that has ended meanwhile
            for child in (task / "children").read_text().split():
                found.append(Path(f"/proc/{child}/cmdline").read_bytes())  # noqa: PERF401 - those before count
    return [line for line in found if b"engine_child" not in line and line not in (own, b"")]


async def try_script(case: Case, stage: Stage) -> str | None:
    """Run a script in its way and say what it reached."""
    prey = await stage.once("prey", Prey.laid_out)
    printed: list[str] = []
    data = case.data
    options = SpellOptions(engine=data["language"], params=prey.params(), limits=LIMITS)
    path = prey.spells / f"probe{ENDINGS[data['language']]}"
    try:
        result = await run_spell(prey.app, path=path, source=source_of(data), options=options, on_print=printed.append)
        ended, said = HELD if result == HELD else repr(result), repr(result)
    except LlmspellError as error:
        ended, said = error.type, f"{error} {error.context}"
    fault = prey.told("\n".join([said, *printed]))
    if fault is None and ended not in data["ends"]:
        return f"it ended with {ended}, not with {' or '.join(data['ends'])}: {said[:300]}"
    return fault
