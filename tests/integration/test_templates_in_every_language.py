"""Every installed template makes an agent that answers, in every language, with the scripted model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

SPELLS = {
    "lua": """
        local template = Agent.template(params.name)
        local agent = template.create({ name = "made", prompt_additions = "Be brief." })
        local result = agent:execute({ input = "Are you there?" })
        local wanted, config = template.prompt({ name = "made", prompt_additions = "Be brief." }), agent:get_config()
        return { result.content, config.system_prompt == wanted, config.tools, agent:missing_tools() }
    """,
    "javascript": """
        const template = await Agent.template(params.name);
        const agent = await template.create({ name: "made", promptAdditions: "Be brief." });
        const result = await agent.execute({ input: "Are you there?" });
        const wanted = await template.prompt({ name: "made", promptAdditions: "Be brief." });
        const config = await agent.getConfig();
        return [result.content, config.system_prompt === wanted, config.tools, await agent.missingTools()];
    """,
    "python": """
template = await Agent.template(params.name)
agent = await template.create(name="made", prompt_additions="Be brief.")
result = await agent.execute(input="Are you there?")
wanted, config = await template.prompt(name="made", prompt_additions="Be brief."), await agent.get_config()
[result.content, config.system_prompt == wanted, config.tools, await agent.missing_tools()]
    """,
}
ENDINGS = {"lua": ".lua", "javascript": ".js", "python": ".py"}


@pytest.mark.parametrize("language", SPELLS)
async def test_every_template_runs(language: str, tmp_path: Path) -> None:
    path = tmp_path / f"spell{ENDINGS[language]}"
    path.write_text(SPELLS[language])
    path.with_suffix(".model.json").write_text(json.dumps({"steps": [{"text": "Yes."}]}))
    async with open_context(cwd=tmp_path) as ctx:
        entries = ctx.app.agent_templates.entries()
        assert len(entries) >= 10
        for entry in entries:
            assert entry.template is not None, entry.error
            built = ctx.app.agent_templates.build(entry.template)
            options = SpellOptions(isolation="inline", params={"name": entry.name})
            content, told, tools, missing = cast("Any", await run_spell(ctx.app, path=path, options=options))
            assert (content, told) == ("Yes.", True), entry.name
            assert list(tools) == list(built.tools), entry.name
            assert [one.get("tool") or one["capability"] for one in missing] == [one.name for one in built.missing]
