from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, get_args

import pytest

from llmspell.bridge.api import GLOBAL_POSTS, handles, namespaces
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.spelling import camel
from llmspell.bridge.typings import luals, parity, stubs, typescript
from llmspell.bridge.typings.surface import CALLBACKS, constructor_name, raises_by_default

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from llmspell.bridge.typings.surface import Surface


def test_every_function_of_the_definition_is_there(api: Surface) -> None:
    every = {
        f"{name}.{one.name}"
        for name, kind in (*((one.name, one) for one in namespaces()), *((one.kind, one) for one in handles()))
        for one in kind.functions().values()
        if not one.hidden
    }
    assert {one.op for one in api.functions()} == every
    assert len(every) > 100


def block(text: str, head: str, end: str) -> str:
    """Give the text from a line to the next line that is `end`."""
    found = re.search(rf"^{head}.*?^{end}", text, re.DOTALL | re.MULTILINE)
    assert found, head
    return found[0]


def test_typescript_has_every_function_in_camel_case(api: Surface) -> None:
    text = typescript.render(api)
    for owner in (*api.namespaces, *api.handles):
        if owner.name == "JSON":
            shown = block(text, "interface JSON {", "}")
            names = ["encode", "decode"]
        else:
            title = owner.title if owner in api.handles else f"{owner.name}Namespace"
            if owner.name in ("Agent", "Tool", "Workflow"):
                title = owner.name
            shown = block(text, rf"  export (?:class|interface) {title} \{{", "  }$")
            names = [camel(name) for one in owner.functions for name in one.names]
        for name in names:
            assert re.search(rf"^ +(?:static )?{name}[(<]", shown, re.MULTILINE), f"{owner.name}.{name}"


def test_lua_has_every_function_with_a_dot_or_a_colon(api: Surface) -> None:
    lines = set(re.findall(r"^function ([\w.:]+)\(", luals.render(api), re.MULTILINE))
    for space in api.namespaces:
        assert {f"{space.name}.{name}" for one in space.functions for name in one.names} <= lines
    for handle in api.handles:
        assert {f"{handle.name}:{name}" for one in handle.functions for name in one.names} <= lines
    assert {name for name in GLOBAL_POSTS if name not in ("print", "log")} <= lines


def test_python_has_every_function_and_no_keyword_as_a_name(api: Surface) -> None:
    text = stubs.render(api)
    for owner in (*api.namespaces, *api.handles):
        kind = f"_{owner.title}Methods" if owner in api.handles else f"_{owner.name}Namespace"
        shown = block(text + "\nclass\n", rf"class {kind}\b", "(?:class|[A-Z])")
        for name in (name for one in owner.functions for name in one.names):
            assert f"    def {name}{'_' if iskeyword(name) else ''}(" in shown, f"{owner.name}.{name}"


@pytest.mark.parametrize("module", [typescript, luals, stubs])
def test_each_language_declares_all_that_engines_do_themselves_and_nothing_else(module: Any, api: Surface) -> None:
    # Assertions are the same in every language: their declarations are those of the definition.
    declared = {one.op for one in api.functions() if one.mark == "="}
    assert {op for op in declared if op.partition(".")[0] not in ("Assert", "case")} == set(module.LOCALS)


@pytest.mark.parametrize("module", [typescript, luals, stubs])
def test_each_language_writes_every_kind_of_function(module: Any) -> None:
    assert set(module.CALLBACKS) == {"", *CALLBACKS.values()}


def mentions_callback(kind: Any) -> bool:
    return kind is Callback or any(map(mentions_callback, get_args(kind)))


def test_every_function_that_a_script_gives_has_a_known_use(api: Surface) -> None:
    used = {f"{one.op}.{item.name}": item for one in api.functions() for item in one.items}
    used |= {f"{table.name}.{item.name}": item for table in api.tables for item in table.items}
    assert {name for name, item in used.items() if mentions_callback(item.annotation) and not item.callback} == set()
    assert set(CALLBACKS) <= set(used)


def test_handles_show_the_fields_that_they_say() -> None:
    shows: Mapping[str, tuple[str, ...]] = {kind.kind: kind.shows for kind in handles() if kind.shows}
    assert shows == {
        "agent": ("name", "id"),
        "tool": ("name", "description", "category", "version"),
        "template": ("name", "description", "system_prompt"),
        "subscription": ("pattern",),
        "spell": ("path", "engine"),
        "workflow": ("name", "type", "description"),
        "workflow_run": ("workflow",),
        "composed": ("name", "description"),
        "session": ("id", "name"),
        "state": ("scope",),
        "state_subscription": ("pattern",),
        "hook": ("name", "point"),
        "suite": ("name",),
        "case": ("name",),
        "mock": ("name",),
    }


def test_only_chats_give_text_unless_it_is_told_to_return_errors(api: Surface) -> None:
    said = {one.op for one in api.functions() if raises_by_default(one, api)}
    assert said == {"agent.chat", "agent.chat_with_context"}


def test_constructors_are_named_like_their_tools() -> None:
    assert [constructor_name(name) for name in ("calculator", "http_tool", "web_search")] == [
        "CalculatorTool",
        "HttpTool",
        "WebSearchTool",
    ]
    assert [constructor_name(name, "Agent") for name in ("research_agent", "planner")] == [
        "ResearchAgent",
        "PlannerAgent",
    ]


def test_the_table_by_language_has_every_name_and_says_what_lacks(api: Surface) -> None:
    lacks = {"python": {"Async.schedule": "there are no timers"}}
    rows = {row.op: row for row in parity.rows(api, lacks)}
    assert {f"{one.op.rpartition('.')[0]}.{name}" for one in api.functions() for name in one.names} <= set(rows)
    assert rows["agent.get_config"].names == {
        "lua": "agent:get_config",
        "javascript": "agent.getConfig",
        "python": "agent.get_config",
    }
    assert rows["Async.yield"].names["python"] == "Async.yield_"
    assert rows["CalculatorTool"].names["javascript"] == "new CalculatorTool({})"
    assert rows["Async.schedule"].lacks == {"python": "there are no timers"}
    text = parity.render(api, lacks)
    assert "| function | `Async.schedule` | `Async.schedule` | - |" in text
    assert text.endswith("- `Async.schedule` in python: there are no timers\n")
