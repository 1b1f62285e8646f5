"""Templates: reading with every fault, deriving by rules, finding the nearer one first, building without silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import AgentConfigError, ComponentNotFoundError, ResourceUnavailableError, ValidationError
from llmspell.runtime.agent_templates.library import text_of
from llmspell.runtime.agent_templates.reading import MAX_SIZE, from_table, from_toml, judged
from llmspell.runtime.agent_templates.template import AgentTemplate, derived
from llmspell.spec import agent_template, tool
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=3, unique=True).map(tuple)
TABLES = st.dictionaries(st.sampled_from(["x", "y"]), st.integers() | st.dictionaries(st.just("z"), st.integers()))


@st.composite
def templates(draw: st.DrawFn) -> AgentTemplate:
    return AgentTemplate(
        name=draw(st.sampled_from(["one", "two", "three"])),
        capabilities=draw(WORDS),
        tools=draw(st.none() | WORDS),
        additional_tools=draw(WORDS),
        remove_tools=draw(WORDS),
        base_config=draw(TABLES),
        settings=draw(TABLES),
        prompt_additions=draw(WORDS),
        system_prompt=draw(st.sampled_from(["", "p", "q"])),
    )


@settings(deadline=None)
@given(templates(), templates(), templates())
def test_deriving_keeps_what_the_base_can_do_and_counts_what_is_said_last(
    base: AgentTemplate, middle: AgentTemplate, last: AgentTemplate
) -> None:
    first = derived(None, base)
    second = derived(first, middle)
    third = derived(second, last)
    assert set(third.capabilities) == {*base.capabilities, *middle.capabilities, *last.capabilities}
    assert third.lineage == (base.name, middle.name)
    assert third.prompt_additions == (*base.prompt_additions, *middle.prompt_additions, *last.prompt_additions)
    assert third.system_prompt == (last.system_prompt or middle.system_prompt or base.system_prompt)
    wanted = [*(last.tools if last.tools is not None else second.tools or ()), *last.additional_tools]
    assert list(third.tools or ()) == [one for one in dict.fromkeys(wanted) if one not in last.remove_tools]
    for key, value in last.base_config.items():
        if not isinstance(value, dict):
            assert third.base_config[key] == value
    assert derived(None, third) == third, "a whole template is whole"


def test_a_setting_of_the_base_is_replaced_where_it_lies() -> None:
    base = from_table(
        {"code_capabilities": {"languages": ["go"], "style": "plain"}, "mood": "calm"}, source="", name="a"
    )
    own = from_table({"languages": ["lua"], "mood": "gay", "other": 1}, source="", name="b")
    settings = derived(derived(None, base), own).settings
    assert settings == {"code_capabilities": {"languages": ["lua"], "style": "plain"}, "mood": "gay", "other": 1}


FAULTY = '''# a template
name = "Bad Name"
system_promt = """
many
lines
"""
tools = [
    "calculator",
    5,
]
aliases = ["good", "not good"]
base_config = 7

[workflows.review]
steps = [{ name = "a" }, { tool = "x" }]

[workflows.empty]
note = "no steps"
'''


def test_every_fault_of_a_file_has_its_line() -> None:
    faults = judged(FAULTY, "bad.toml")[1]
    assert [(one.line, one.path) for one in faults] == [
        (1, "system_prompt"),
        (2, "name"),
        (3, "system_promt"),
        (7 + 2, "tools[2]"),
        (11, "aliases[2]"),
        (12, "base_config"),
        (15, "workflows.review.steps[1]"),
        (15, "workflows.review.steps[2]"),
        (17, "workflows.empty"),
    ]
    with pytest.raises(AgentConfigError) as caught:
        from_toml(FAULTY, "bad.toml")
    assert caught.value.where == "bad.toml:1"
    assert len(caught.value.context["faults"]) == len(faults)  # type: ignore[arg-type]  # a list


@pytest.mark.parametrize(
    ("text", "line"), [("name = [1,\n", 1), ("a = 1\nb = \nc = 2\n", 2), ("a = 1\na = 2\n", 2), ("x = '\n\n", 2)]
)
def test_what_is_no_toml_has_a_line(text: str, line: int) -> None:
    (fault,) = judged(text, "bad.toml")[1]
    assert (fault.line, fault.path) == (line, "TOML")
    assert "cannot be read" in fault.message


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"tools": 5}, "tools must be a list"),
        ({"personality": "nice"}, "personality must be a table"),
        ({"tool_capabilities": {"x": 1}}, "tool_capabilities.x must be text"),
        ({"workflows": {"a": {"steps": [{"name": "s", "tool": "x", "agent": "self"}]}}}, "needs one of"),
        ({"extends": "t"}, "names the template itself"),
        ({"sytem_prompt": "x"}, "did you mean 'system_prompt'"),
        ({"name": None}, "name must be text"),
    ],
)
def test_a_table_that_is_wrong(table: dict[str, Any], says: str) -> None:
    with pytest.raises(AgentConfigError, match="is wrong") as caught:
        from_table({"name": "t", **table}, source="script")
    assert says in caught.value.message


def test_empty_tables_of_lua_are_empty_lists() -> None:
    read = from_table({"tools": {}, "base_config": [], "aliases": {}, "workflows": {}}, source="script", name="t")
    assert (read.tools, read.base_config, read.aliases) == ((), {}, ())


async def test_the_nearer_template_comes_first_and_a_broken_one_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMSPELL_DATA_DIR", str(tmp_path))
    async with open_context() as ctx:
        library = ctx.app.agent_templates
        for name, text in {
            "poet": 'name = "poet"\nsystem_prompt = "of a plugin"\naliases = ["bard"]',
            "sad": "x",
        }.items():
            ctx.app.catalog.register(
                agent_template(name, "a:b", "x", aliases=["bard"] if name == "poet" else []), text, owner="p"
            )
        assert library.whole("bard").system_prompt == "of a plugin"
        library.folder.mkdir()
        (library.folder / "broken.toml").write_text("name =")
        (library.folder / "poet.toml").write_text('name = "poet"\nsystem_prompt = "of the user"\naliases = ["singer"]')
        assert library.whole("poet").system_prompt == "of the user"
        assert library.whole("singer").name == "poet"
        own = {"poet": AgentTemplate(name="poet", system_prompt="of the spell")}
        assert library.whole("poet", own).system_prompt == "of the spell"
        wrong = {one.name for one in library.entries() if one.error is not None}
        assert {"broken", "sad"} <= wrong
        assert "poet" in {one.name for one in library.find(text="poet")}
        with pytest.raises(AgentConfigError, match=r"broken\.toml is wrong"):
            library.get("broken")
        with pytest.raises(ComponentNotFoundError) as caught:
            library.get("poett")
        assert "did you mean 'poet'?" in caught.value.suggestions


async def test_templates_that_extend_each_other_are_refused() -> None:
    async with open_context() as ctx:
        own = {
            "a": AgentTemplate(name="a", extends="b"),
            "b": AgentTemplate(name="b", extends="c"),
            "c": AgentTemplate(name="c", extends="a"),
        }
        with pytest.raises(AgentConfigError, match="extends itself: a -> b -> c -> a"):
            ctx.app.agent_templates.whole("a", own)


async def test_tools_by_capability_prefer_those_that_were_named() -> None:
    async with open_context() as ctx:
        for name in ("first", "second"):
            described = tool(name, "a:b", "x", category="test", capabilities=["sing"])
            ctx.app.catalog.register(described, object(), owner=ctx.run.id)
        wanted = AgentTemplate(name="t", tools=("second", "secnd"), tool_capabilities={"sing": "", "dance": "for joy"})
        built = ctx.app.agent_templates.build(wanted, owner=ctx.run.id)
        assert built.tools == ("second",)
        assert built.chosen == {"sing": "second"}
        assert [one.table() for one in built.missing] == [
            {"tool": "secnd", "near": ["second"]},
            {"capability": "dance", "why": "for joy", "near": []},
        ]
        assert ctx.app.agent_templates.build(wanted.named(tools=())).tools == ("first",)


async def test_what_the_prompt_has_no_place_for_is_told_at_its_end() -> None:
    async with open_context() as ctx:
        settings = {"tone": "dry", "deep": {"a": [1, 2], "b": True}, "used": "x"}
        template = AgentTemplate(
            name="t", system_prompt="Say {{used}} to {{user}}.", settings=settings, context=("user",)
        )
        prompt = ctx.app.agent_templates.build(template).prompt
        assert prompt == "Say x to {{user}}.\n\nKeep to this:\n- tone: dry\n- deep: a: 1, 2; b: yes"
        with pytest.raises(ValidationError, match="'user' is not there"):
            ctx.app.agent_templates.build(template.named(context=()))


def test_files_that_are_no_templates(tmp_path: Path) -> None:
    (tmp_path / "large.toml").write_text("#" * (MAX_SIZE + 1))
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    for name, says in (("large", "larger"), ("bytes", "UTF-8"), ("none", "cannot be read")):
        with pytest.raises(ResourceUnavailableError, match=says):
            text_of(tmp_path / f"{name}.toml")
