"""Skills: found in folders, told to the model, loaded when it asks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import AgentConfigError, PermissionDeniedError, ResourceUnavailableError
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.skills import Skill, Skills, split
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.testing import script_model

REVIEW = "---\nname: code-review\ndescription: How to review code.\n---\n\n# Review\n\nRead {{it}} twice.\n"


def load(name: str, **more: str) -> dict[str, object]:
    return {"tool_calls": [{"name": "load_skill", "arguments": {"name": name, **more}}]}


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "skills"
    (home / "review/more").mkdir(parents=True)
    (home / "review/SKILL.md").write_text(REVIEW)
    (home / "review/more/list.txt").write_text("1. names")
    (home / "empty").mkdir()
    (tmp_path / "secret.txt").write_text("hidden")
    return home


@pytest.fixture
async def run(folder, tmp_path):
    async with App.open() as app:
        grants = Grants.default(cwd=tmp_path).extended([f"fs.read={tmp_path}"], cwd=tmp_path)
        async with app.run("test", working=tmp_path, grants=grants) as run:
            yield run


@pytest.fixture
def agent(run):
    async def make(*steps, skills: tuple[str, ...] = ("skills",), **more):
        made = script_model(run, steps) if steps else None
        given = AgentConfig(name="a", provider="fake", model="m", skills=skills, **more)
        return await run.app.agents.create(run, given), made

    return make


async def test_the_model_is_told_of_skills_and_loads_one(agent) -> None:
    one, made = await agent(load("code-review"), load("code-review", file="more/list.txt"), {"text": "ok"})
    result = await one.execute("go")
    assert "- code-review: How to review code." in made.requests[0].system
    assert "load_skill" in made.requests[0].system
    assert [tool.name for tool in made.requests[0].tools] == ["load_skill"]
    assert result.tool_calls[0].result == {
        "name": "code-review",
        "instructions": "# Review\n\nRead {{it}} twice.",
        "files": ["more/list.txt"],
    }
    assert result.tool_calls[1].result == {"name": "code-review", "file": "more/list.txt", "content": "1. names"}


async def test_the_prompt_comes_first_and_is_rendered_alone(agent, folder) -> None:
    (folder / "review/SKILL.md").write_text(REVIEW.replace("How to", "{{how}} to"))
    one, made = await agent({"text": "ok"}, system_prompt="Be {{how}}.")
    from llmspell.model.agent import AgentInput
    from llmspell.model.llm import message

    await one.execute(AgentInput(message=message("user", "x"), context={"how": "kind"}))
    assert made.requests[0].system.startswith("Be kind.\n\nSkills")
    assert "{{how}} to review" in made.requests[0].system


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"name": "cooking"}, "there is no skill 'cooking'; there are: code-review"),
        ({"name": "code-review", "file": "../../secret.txt"}, "secret"),
        ({"name": "code-review", "file": "/etc/hostname"}, "hostname"),
        ({"name": "code-review", "file": "none.txt"}, "none.txt"),
    ],
)
async def test_what_cannot_be_loaded_is_told_to_the_model(agent, arguments, says) -> None:
    one, _ = await agent(load(**arguments), {"text": "ok"})
    (record,) = (await one.execute("go")).tool_calls
    assert record.outcome in ("failed", "refused")
    assert says in json.dumps(record.error)
    assert "hidden" not in json.dumps(record.error)


async def test_a_link_does_not_lead_out_of_a_skill(agent, folder) -> None:
    (folder / "review/way").symlink_to(folder.parent / "secret.txt")
    one, _ = await agent(load("code-review", file="way"), {"text": "ok"})
    (record,) = (await one.execute("go")).tool_calls
    assert record.outcome != "done"


async def test_agents_have_their_own_skills(agent, run, folder) -> None:
    (folder / "cook").mkdir()
    (folder / "cook/SKILL.md").write_text("---\nname: cook\ndescription: Soup.\n---\nStir.")
    one, _ = await agent(load("cook"), {"text": "1"}, skills=("skills/review",))
    given = AgentConfig(name="b", provider="fake", model="m", skills=("skills/cook",))
    assert [skill.name for skill in one.skills.by_name.values()] == ["code-review"]
    assert (await one.execute("go")).tool_calls[0].outcome == "failed"
    other = await run.app.agents.create(run, given)
    run.app.catalog.unregister("provider", "fake", owner=run.id)
    script_model(run, [load("cook"), {"text": "2"}])
    assert (await other.execute("go")).tool_calls[0].result["instructions"] == "Stir."


async def test_rights_are_those_of_the_call(agent, folder) -> None:
    one, _ = await agent(load("code-review"), {"text": "ok"})
    ctx = one.run.context()
    ctx.scope = one.run.scope.child("call", "narrow", grants=Grants.parse(["agent.spawn=*"]))
    (record,) = (await one.execute("go", ctx=ctx)).tool_calls
    assert record.outcome == "refused"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no front matter", "`name` is lower-case"),
        ("---\nname: Big Name\ndescription: x\n---\n", "not 'Big Name'"),
        ("---\nname: x\n---\n", "`description` has 1 to 1024"),
        ("---\nname: x\ndescription: y\n", "`name`"),
    ],
)
async def test_a_skill_that_is_none(agent, folder, text, says) -> None:
    (folder / "review/SKILL.md").write_text(text)
    with pytest.raises(AgentConfigError, match=r"skills/review/SKILL\.md: ") as caught:
        await agent()
    assert says in str(caught.value)


async def test_folders_without_a_skill(agent, folder) -> None:
    with pytest.raises(AgentConfigError, match="there is no skill in skills/empty"):
        await agent(skills=("skills/empty",))
    with pytest.raises(ResourceUnavailableError):
        await agent(skills=("nowhere",))
    (folder / "review/SKILL.md").write_bytes(b"\xff")
    with pytest.raises(ResourceUnavailableError, match="no UTF-8 text"):
        await agent()


async def test_skills_need_the_right_to_read_them(folder, tmp_path) -> None:
    async with App.open() as app, app.run("test", working=tmp_path) as run:
        with pytest.raises(PermissionDeniedError):
            await run.app.agents.create(run, AgentConfig(name="a", skills=("skills",)))


async def test_a_tool_of_the_name_is_in_the_way(agent, run) -> None:
    async def handler(arguments, ctx):
        return 1

    run.app.tools.register(run, "load_skill", "Mine.", ScriptTool(handler, {"type": "object"}))
    with pytest.raises(AgentConfigError, match="'load_skill'"):
        await agent()


def test_two_skills_of_one_name() -> None:
    with pytest.raises(AgentConfigError, match="in a and in b"):
        Skills([Skill("x", "d", "a"), Skill("x", "d", "b")])


def test_the_head_knows_quotes_and_lines_below() -> None:
    head, rest = split(
        '---\nname: "a-b"\n# note\ndescription: >\n  one\n  two: three\nlicense: MIT\n'
        "metadata:\n  by: me\n---\nx\n---\ny"
    )
    assert head == {"name": "a-b", "description": "one two: three", "license": "MIT", "metadata": "by: me"}
    assert rest == "x\n---\ny"


@given(st.text())
def test_any_text_has_a_head_and_a_rest(text) -> None:
    head, rest = split(text)
    assert isinstance(head, dict)
    assert head or rest == text or text.startswith(("---", "\ufeff"))
