"""Every installed tool, called by who has no right at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import PermissionDeniedError
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from llmspell.spec.descriptor import RISKS
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.run import Run
    from llmspell.runtime.tools import BoundTool
    from tests.security.probe import Stage

DENIED = 2006


def load() -> list[Case]:
    """Give every tool that is installed."""
    app = App.open(config=Config.load(environment={}))
    return [Case(component.qualified) for component in app.catalog.list("tool")]


async def try_one(case: Case, stage: Stage) -> str | None:
    """Run the examples of a tool; one with rights must be denied, one without has nothing to be denied."""
    folder = stage.fresh()
    config = Config.load(flags={"storage.backend": "memory"}, environment={}, working=folder, user_folder=folder)
    async with App.open(config=config, grants=Grants.nothing()) as app, app.run("probe", working=folder) as run:
        bound = await app.tools.bind(case.name)
        component = bound.component
        if component.risk not in RISKS:
            return f"its risk is {component.risk!r}"
        examples = [one.args for one in getattr(bound.target, "examples", ())] or [{}]
        denied = [await _denied(run, bound, one) for one in examples]
        if left := [one.name for one in folder.iterdir()]:
            return f"it left {', '.join(left)}"
        if component.needs and not all(denied):
            return "it ran without the rights that it needs"
        if component.rights and not any(denied):
            return "it ran without any of its rights"
        return None if component.rights or not any(denied) else "it was denied something that it does not declare"


async def _denied(run: Run, bound: BoundTool, arguments: Mapping[str, object]) -> bool:
    try:
        await run.app.tools.execute(run.context(), bound, arguments)
    except PermissionDeniedError as error:
        return error.code == DENIED
    return False


AREA = Area(
    "tools_without_rights",
    promise="A2",
    title="Tools without rights",
    how="every installed tool has a risk class that follows from its declared rights, and runs its examples for a "
    "caller who has no right at all: it is refused with error 2006, unless it needs none",
    load=load,
    try_=try_one,
    sample=20,
)
