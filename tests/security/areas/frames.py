"""Bytes from a process that belongs to an attacker: the kernel takes them for data, and goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.runtime.host import Limits
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from llmspell.runtime.app import App
    from tests.security.probe import Stage

LIMITS = Limits(cpu=5.0, wall=2.0)
SPELL = """\
import os, stat
(pipe,) = [fd for fd in range(3, 16) if os.path.exists(f'/proc/self/fd/{fd}') and stat.S_ISSOCK(os.fstat(fd).st_mode)]
data = bytes.fromhex(params['raw'])
if params['python']:
    data = eval(params['python'])
if not params['raw']:
    data = len(data).to_bytes(4, 'big') + data
for _ in range(params['times']):
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view):]
'over'
"""


def load() -> list[Case]:
    """Give every frame."""
    return cases_of("frames.toml")


async def write_it(case: Case, stage: Stage) -> str | None:
    """Have a Python spell write to its own pipe; it may end as it likes, but by an error of ours, and others go on."""
    ctx = await stage.once("context", lambda stage: stage.context())
    app: App = ctx.app
    data = case.data
    params = {
        "raw": data.get("raw", ""),
        "python": data.get("python") or repr(data.get("frame", "").encode()),
        "times": data.get("times", 1),
    }
    if params["raw"]:
        params["python"] = ""
    source = stage.folder / "probe.py"
    try:
        await run_spell(
            app, path=source, source=SPELL, options=SpellOptions(engine="python", params=params, limits=LIMITS),
            on_print=_unheard,
        )  # fmt: skip
    except LlmspellError as error:
        if "internal" in error.type or "secret" in str(error):
            return f"it ended with {error.type}: {error}"
    calm = await run_spell(app, source="return 'calm'", options=SpellOptions(engine="lua"))
    return None if calm == "calm" else f"another spell gave {calm!r}"


def _unheard(_line: str) -> None:
    """Let what it prints go."""


def needs() -> str | None:
    """Ask for Linux, where a process can look for its pipe in /proc."""
    return None if sys.platform == "linux" else "finds the pipe in /proc, which only Linux has"


AREA = Area(
    "frames",
    promise="S5",
    title="What an engine's process may write to the kernel",
    how="a Python spell writes bytes to its own pipe: frames that are none, messages that are wrong, forged, too big; "
    "the run ends with an error of the catalogue or not at all, and another spell works",
    load=load,
    try_=write_it,
    needs=needs,
    sample=10,
)
