"""What people do with granted programs, and must go on being able to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from tests.security.areas.programs import grants_of
from tests.security.probe import Area, Case, cases_of
from tests.security.program_scene import needs, prepare, scene_of

if TYPE_CHECKING:
    from tests.security.probe import Stage


def load() -> list[Case]:
    """Give every case."""
    return cases_of("programs_ordinary.toml")


async def try_use(case: Case, stage: Stage) -> str | None:
    """Run the program and compare what it says."""
    ctx = await stage.once("context", lambda stage: stage.context())
    template, canary = await stage.once("folders", prepare)
    data = case.data
    scene = scene_of(template, canary, stage.fresh(), 0, data)
    port = ctx.app.services.processes.port(grants_of(scene, data), scene.here, "the probe")
    try:
        done = await port.pipe(
            data.get("pipe") or [data["argv"]],
            input=data.get("input", "").encode(),
            cwd=data.get("cwd"),
            env=data.get("env"),
        )
    except LlmspellError as error:
        return f"it was refused: {error}"
    said = done.stdout.decode()
    if done.status != data.get("status", 0):
        return f"it ended with {done.status}: {done.stderr.decode()}"
    right = said == data["says"] if "says" in data else data.get("contains", "") in said
    return None if right else f"it said {said[:200]!r}"


AREA = Area(
    "programs_ordinary",
    promise="G18",
    title="Programs: ordinary uses",
    how="a program is run as people run it, with rights on its folder, and has to say what it says without a guard",
    load=load,
    try_=try_use,
    needs=needs,
    sample=12,
    also=True,
)
