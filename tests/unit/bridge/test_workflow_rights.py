"""Functions of a script's workflow have at most the rights of whoever it runs for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import PermissionDeniedError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from pathlib import Path

READS = 'Tools.get("file_reader"):execute({ path = "secret.txt" }).content'
FUNCTIONS = {
    "condition": f"{{ condition = function() return {READS} ~= nil end, run = function() return 1 end }}",
    "mapping": f"{{ input = function() return {READS} end, run = function(_, given) return given end }}",
    "step": f"{{ run = function() return {READS} end }}",
}
AGGREGATE = (
    f"Workflow.parallel({{ {{ run = function() return 1 end }} }}, {{ aggregate = function() return {READS} end }})"
)
CUSTOM = f"Workflow.custom(function() return {READS} end)"


async def spelled(tmp_path: Path, source: str, *rules: str) -> object:
    (tmp_path / "secret.txt").write_text("secret")
    path = tmp_path / "spell.lua"
    path.write_text(source)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user")
    grants = Grants.default(cwd=tmp_path).extended(rules, cwd=tmp_path)
    async with App.open(config=config, grants=grants) as app:
        return await run_spell(app, path=path, options=SpellOptions(isolation="inline", grants=grants))


@pytest.mark.parametrize("kind", FUNCTIONS)
async def test_with_the_right_a_function_reads(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = f"return Workflow.sequential({{ steps = {{ {FUNCTIONS[kind]} }} }}):execute({{}}).status"
    assert await spelled(tmp_path, source, "fs.read=.") == "completed"


@pytest.mark.parametrize(
    "source", [*(f"Workflow.sequential({{ {one} }})" for one in FUNCTIONS.values()), AGGREGATE, CUSTOM]
)
async def test_without_the_right_no_function_of_a_workflow_reads(
    tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r"fs\.read") as error:
        await spelled(tmp_path, f"return {source}:execute({{}})")
    causes = [error.value]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)  # type: ignore[arg-type]  # causes of errors of ours are exceptions
    assert any(
        isinstance(one, PermissionDeniedError) or getattr(one, "type", "") == "permission_denied" for one in causes
    )


PLUGIN = """
from llmspell.spec import Context, hookimpl, tool


async def relay(name: str, ctx: Context) -> object:
    return await ctx.call(name, {})


async def rights(ctx: Context) -> bool:
    return ctx.grants.allows("state.write", "x")


@hookimpl
def llmspell_tools():
    here = "test_rights_of_workflows"
    return [
        tool("relay", f"{here}:relay", "Call a tool without a right of its own.", category="rights"),
        tool("rights", f"{here}:rights", "Tell a right.", category="rights", needs=("state.write",)),
    ]
"""
MAY = 'Tools.get("rights"):execute({}).result'
TELLS = {
    "condition": f"Workflow.sequential({{ {{ condition = function() seen = {MAY} return true end, run = print }} }})",
    "mapping": f"Workflow.sequential({{ {{ input = function() seen = {MAY}; return 1 end, run = tostring }} }})",
    "step": f"Workflow.sequential({{ {{ run = function() seen = {MAY} end }} }})",
    "aggregate": f"Workflow.parallel({{ {{ run = tostring }} }}, {{ aggregate = function() seen = {MAY} end }})",
    "custom": f"Workflow.custom(function() seen = {MAY} end)",
    "loop": f"Workflow.loop({{ until_condition = function() seen = {MAY} return true end, body = {{ run = print }} }})",
}


@pytest.mark.parametrize("kind", TELLS)
async def test_a_function_has_at_most_the_rights_of_who_runs_the_workflow(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_rights_of_workflows.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "test_rights_of_workflows", raising=False)
    source = f"""
    local seen
    local flow = {TELLS[kind]}
    Tools.register(flow:as_tool({{ name = "flow" }}))
    flow:execute({{}})
    local direct = seen
    seen = nil
    Tools.get("relay"):execute({{ name = "flow" }})
    return {{ direct, seen }}
    """
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user")
    async with App.open(config=config, selection=PluginSelection(modules=("test_rights_of_workflows",))) as app:
        found = await run_spell(app, source=source, options=SpellOptions(isolation="inline", engine="lua"))
    assert found == [True, False]
