"""Perform one spell of the list through the whole application, as `llmspell run` does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from llmspell.testing.conformance.stage import ON_STAGE, Outcome, Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from llmspell.runtime.host import Limits
    from llmspell.testing.conformance.item import Item

PROPS = "llmspell.testing.conformance.props"
NO_PARAMS: Mapping[str, object] = {}
MODULES = "modules"
"""The folder beside the spells whose files they `require` or `import`."""


async def perform(item: Item, spell: Path, *, plugin: str, isolation: str, folder: Path) -> Outcome:
    """Copy a spell into an empty folder, run it there and give what came of it.

    `plugin` is the module of the engine's plugin; of other plugins only the built-in ones are there.
    """
    path = _lay_out(item, spell, folder)
    if item.command:
        return await _command(item, path, plugin, isolation)
    async with _open(item, plugin, folder, isolation) as stage:
        token = ON_STAGE.set(stage)
        try:
            outcome = await _play(item, path, stage)
            if item.after is not None:
                await item.after(stage)
            return outcome
        finally:
            ON_STAGE.reset(token)


async def perform_again(
    stage: Stage, path: Path | None = None, *, params: Mapping[str, object] = NO_PARAMS, limits: Limits | None = None
) -> object:
    """Run the spell once more in the same application, or another one, and give what it returned; raises its error.

    For acts beside and after the first.
    """
    options = SpellOptions(isolation=stage.isolation, params=params, limits=limits)
    return await run_spell(stage.app, path=path or stage.path, options=options, on_print=stage.printed.append)


def _lay_out(item: Item, spell: Path, folder: Path) -> Path:
    path = folder / spell.name
    shutil.copyfile(spell, path)
    if item.modules:
        shutil.copytree(spell.parent / MODULES, folder / MODULES)
    if item.lays is not None:
        item.lays(folder)
    if item.steps:
        path.with_suffix(".model.json").write_text(json.dumps({"steps": item.steps}), encoding="utf-8")
    return path


@asynccontextmanager
async def _open(item: Item, plugin: str, folder: Path, isolation: str) -> AsyncIterator[Stage]:
    flags = dict(item.config)
    stage = Stage(None, folder, isolation)  # type: ignore[arg-type]  # it is entered below; the clock comes first
    app = App.open(
        config=Config.load(flags=flags, environment={}, working=folder, user_folder=folder),
        grants=Grants.default(cwd=folder).extended(item.grants, cwd=folder),
        selection=PluginSelection.read([plugin, PROPS, "no:*"]),
        clock=stage.clock if item.wakes else None,
    )
    async with app:
        stage.app = app
        app.events.subscribe("*", stage.events.append)
        yield stage


async def _play(item: Item, path: Path, stage: Stage) -> Outcome:
    """Run the spell with what happens beside it; that ends with the spell, and what it raised is raised."""
    options = SpellOptions(isolation=stage.isolation, params=item.params, limits=item.limits)
    outcome = Outcome(stage)
    stage.path = path
    stage.spell = asyncio.ensure_future(
        run_spell(stage.app, path=path, options=options, on_print=stage.printed.append),
    )
    beside = [asyncio.create_task(_keep_time(item, stage))]
    if item.beside is not None:
        beside.append(asyncio.create_task(_beside(item, stage)))
    try:
        outcome.value = await stage.spell
    except LlmspellError as error:
        outcome.error = error
    except asyncio.CancelledError:
        outcome.cancelled = True
    for task in beside:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return outcome


async def _keep_time(item: Item, stage: Stage) -> None:
    if item.opened is not None:
        await stage.gate(item.opened).wait()
    for sleepers in item.wakes:
        await stage.clock.until(sleepers)
        stage.woken += 1  # before it is moved: the spell may be over before that returns
        await stage.clock.wake()


async def _beside(item: Item, stage: Stage) -> None:
    if item.beside is not None:
        await item.beside(stage)


async def _command(item: Item, path: Path, plugin: str, isolation: str) -> Outcome:
    """Run `llmspell run` in a process of its own, in an environment that configures nothing."""
    words = ["run", path.name, *item.words, "--isolation", isolation, "-p", plugin, "-p", "no:*"]
    words += [f"--param={name}:={json.dumps(value)}" for name, value in item.params.items()]
    kept = {name: os.environ[name] for name in ("PATH", "LLMSPELL_DATA_DIR", "PYTHONPATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "llmspell", *words,
        cwd=path.parent,
        env={**kept, "HOME": str(path.parent), "LLMSPELL_CONFIG_DIR": str(path.parent)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Outcome(status=process.returncode or 0, out=out.decode(), err=err.decode())
