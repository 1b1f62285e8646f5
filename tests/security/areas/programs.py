"""Arguments, variables, folders and leftovers by which a granted program would do more than it was granted for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, PermissionDeniedError, ToolTimeoutError, ValidationError
from llmspell.services.permissions import Grants
from tests.security.probe import Area, Case, cases_of
from tests.security.program_scene import Scene, left, needs, prepare, scene_of

if TYPE_CHECKING:
    from llmspell.spec.process import Completed, Processes
    from tests.security.probe import Stage

_FIRST = 700_000
"""Seconds for which the leftovers of the first case would sleep: nobody else sleeps for as long."""


def load() -> list[Case]:
    """Give every case."""
    return [Case(case.name, {**case.data, "number": _FIRST + n}) for n, case in enumerate(cases_of("programs.toml"))]


async def try_program(case: Case, stage: Stage) -> str | None:
    """Run the program as the case says, and look at what came of it."""
    ctx = await stage.once("context", lambda stage: stage.context())
    template, canary = await stage.once("folders", prepare)
    scene = scene_of(template, canary, stage.fresh(), case.data["number"], case.data)
    grants = grants_of(scene, case.data)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{scene.here}/bin{os.pathsep}{before}" if case.data.get("path") else before
    try:
        outcome = await _run(ctx.app.services.processes.port(grants, scene.here, "the probe"), case.data, scene)
    finally:
        os.environ["PATH"] = before
    return _fault(outcome, case.data, scene)


def grants_of(scene: Scene, data: Any) -> Grants:
    """Give the rights of a case: its own rules, every program by a wildcard without any, and the folder `here`."""
    rules = [_rule(one) for one in data.get("rules", ["*"])]
    denied = [f"!{one}" for one in scene.filled(data.get("deny", []))]
    return Grants.parse([*rules, f"fs.read={scene.here}", f"fs.write={scene.here}", *denied], cwd=scene.here)


def _rule(text: str) -> str:
    return f"!process.exec={text[1:]}" if text.startswith("!") else f"process.exec={text}"


async def _run(port: Processes, data: Any, scene: Scene) -> Completed | LlmspellError:
    how = {"cwd": scene.filled(data.get("cwd")), "env": scene.filled(data.get("env"))}
    timeout = 0.3 if data["must"] == "times out" else 20.0
    try:
        if "pipe" in data:
            return await port.pipe(scene.filled(data["pipe"]), timeout=timeout, **how)
        return await port.run(_argv(data, scene), timeout=timeout, **how)
    except LlmspellError as error:
        return error


def _argv(data: Any, scene: Scene) -> Any:
    argv = scene.filled(data.get("argv", ["echo"]))
    if "repeat" in data:
        text, count = data["repeat"]
        return [*argv, text * count]
    if "many" in data:
        text, count = data["many"]
        return [*argv, *[text] * count]
    return [*argv, "\ud800"] if data.get("surrogate") else argv


def _fault(outcome: Completed | LlmspellError, data: Any, scene: Scene) -> str | None:
    """Say what went wrong: something ran, came out, stayed behind, or was not refused as it should have been."""
    if scene.mark.exists():
        return "something else was run, or written outside"
    if count := left(scene.number):
        return f"{count} processes are left"
    said = f"{outcome} {outcome.context}" if isinstance(outcome, LlmspellError) else repr(outcome)
    if scene.canary in said:
        return "what lies outside came out"
    return None if _as_it_must(outcome, data["must"]) else f"it is not {data['must']}: {said[:200]}"


def _as_it_must(outcome: Completed | LlmspellError, must: str) -> bool:
    if must == "refused":
        return isinstance(outcome, (PermissionDeniedError, ValidationError))
    if must == "times out":
        return isinstance(outcome, ToolTimeoutError)
    return must == "harmless" or not isinstance(outcome, LlmspellError)


AREA = Area(
    "programs",
    promise="E1, T8",
    title="Programs: arguments, variables, folders, leftovers",
    how="a program is run by `ctx.process` with arguments, variables, rules and in a folder that would make it run "
    "something else, read or write outside, or leave a process behind; a mark, a canary and /proc tell whether it did",
    load=load,
    try_=try_program,
    needs=needs,
    sample=36,
)
