"""`llmspell template list|show|validate|install|remove` and `llmspell test template`."""

from __future__ import annotations

import asyncio
import json

import pytest

from llmspell.testing import Reply, Server

POET = """\
name = "poet"
description = "Write poems."
extends = "chat_agent"
capabilities = ["writing"]
aliases = ["bard"]
tools = ["text_manipulator", "rhyme_finder"]
prompt_additions = "Everything rhymes."
"""


@pytest.fixture
def poet(tmp_path):
    path = tmp_path / "poet.toml"
    path.write_text(POET)
    return path


@pytest.fixture
def own(llmspell, tmp_path):
    """Run with a folder of the user's own."""

    def run(*words, **more):
        return llmspell(*words, LLMSPELL_DATA_DIR=str(tmp_path / "data"), **more)

    return run


def test_list_and_show(llmspell):
    listed = llmspell("template", "list")
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == sorted(
        row["name"] for row in json.loads(llmspell("templates", "list", "--json").out)
    )
    found = json.loads(llmspell("template", "list", "--capability", "planning", "--search", "goal", "--json").out)
    assert [one["name"] for one in found] == ["planner"]
    shown = llmspell("template", "show", "market_research_agent")
    for text in ("extends research_agent", "calculator  (statistics", "missing: a tool that can 'web_search'", "SWOT"):
        assert text in shown.out
    told = json.loads(llmspell("template", "show", "planner", "--json").out)
    assert told["chosen_tools"] == {"dates": "date_time_handler", "math": "calculator"}
    assert "no template fits" in llmspell("template", "list", "--search", "nothing like this").err


def test_validate_tells_every_fault_with_its_line(llmspell, tmp_path, poet):
    done = llmspell("template", "validate", "poet.toml")
    assert (done.status, done.out) == (0, "poet.toml: a template\n")
    assert "nobody has the tool 'rhyme_finder'" in done.err
    poet.write_text(POET.replace("extends", "extend") + "tools_ = 1\n[base_config]\n\ntemprature = 1\n")
    done = llmspell("template", "validate", "poet.toml")
    lines = done.out.splitlines()
    assert done.status == 3
    assert [line.split(" ")[0] for line in lines] == [
        "poet.toml:1:", "poet.toml:3:", "poet.toml:8:", "poet.toml:11:",
    ]  # fmt: skip
    assert "did you mean 'extends'" in lines[1]
    assert "did you mean 'temperature'" in lines[3]
    told = json.loads(llmspell("template", "validate", "poet.toml", "--json").out)["files"][0]
    assert [fault["line"] for fault in told["faults"]] == [1, 3, 8, 11]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('name = "a"\nextends = "nobody"\n', 2, "there is no agent template 'nobody'"),
        ('name = "a"\nsystem_prompt = "{{settings.x}}"\n', 2, "'settings.x' is not there"),
        ('name = "a"\n\nsystem_prompt = "{{#if}"\n', 3, "cannot be written"),
        ('name = "a"\nsystem_prompt = [\n', 2, "cannot be read"),
    ],
)
def test_faults_that_lie_in_what_a_file_extends_and_in_its_prompt(llmspell, text, line, says):
    done = llmspell("template", "validate", "-", stdin=text)
    assert done.status == 3
    assert done.out.startswith(f"-:{line}: ")
    assert says in done.out


def test_install_show_use_and_remove(own, poet, tmp_path):
    assert own("template", "install", "poet.toml", "--dry-run").status == 0
    assert not (tmp_path / "data/templates").exists()
    done = own("template", "install", "poet.toml")
    assert done.status == 0
    assert "rhyme_finder" in done.err
    assert (tmp_path / "data/templates/poet.toml").read_text() == POET
    assert "extends chat_agent" in own("template", "show", "bard").out
    again = own("template", "install", "poet.toml")
    assert again.status != 0
    assert "installed already" in again.err
    assert own("template", "install", "poet.toml", "--force").status == 0
    (tmp_path / "x.lua").write_text('local a = Agent.template("poet").create() print(a.name, #a:missing_tools())')
    assert own("run", "x.lua").out == "poet\t2\n"
    assert own("template", "remove", "poet").status == 0
    assert own("template", "remove", "poet").status == 5
    assert own("template", "remove", "../poet").status == 5


def test_a_name_that_means_another_template_needs_force(own, poet):
    poet.write_text(POET.replace('"bard"', '"planner_agent"'))
    done = own("template", "install", "poet.toml")
    assert done.status != 0
    assert "belongs to template 'planner' of llmspell-agents" in done.err
    assert own("template", "install", "poet.toml", "--force").status == 0
    assert "poet: Write poems." in own("template", "show", "planner_agent").out


def test_a_broken_template_of_the_user_stops_nobody(own, tmp_path):
    (tmp_path / "data/templates").mkdir(parents=True)
    (tmp_path / "data/templates/sad.toml").write_text("name =")
    done = own("template", "list")
    assert done.status == 0
    assert "planner" in done.out
    assert "template sad of" in done.err
    assert "error[1004]" in own("template", "show", "sad").err


async def test_install_from_an_address(own, tmp_path):
    bodies = (POET.encode(), b"gone", b"\xff", b"#" * 300_000)
    async with Server() as server:
        server.replies = [Reply.of(body, 404 if body == b"gone" else 200) for body in bodies]

        async def install(*words):
            return await asyncio.to_thread(own, "template", "install", f"{server.url}/poet.toml", *words)

        done = await install()
        assert done.status == 0, done.err
        assert (tmp_path / "data/templates/poet.toml").read_text() == POET
        for says in ("answered 404", "not UTF-8", "bytes"):
            done = await install("--force")
            assert done.status != 0
            assert says in done.err, done.err


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("http://example.com/x.toml", "in the clear"),
        ("ftp://example.com/x.toml", "no address of a template"),
        ("nowhere.toml", "cannot be read"),
    ],
)
def test_what_cannot_be_installed(own, source, says):
    done = own("template", "install", source)
    assert done.status != 0
    assert says in done.err


def test_templates_are_tried(llmspell, poet):
    done = llmspell("test", "template")
    assert done.status == 0
    assert done.out.splitlines()[-1].endswith(" passed, 0 failed")
    assert llmspell("test", "template", "poet.toml").status == 0
    done = llmspell("test", "template", "poet.toml", "planner", "nobody", "--strict")
    assert done.status == 1
    assert "failed  poet.toml: tools: nobody has rhyme_finder" in done.out
    assert "passed  planner" in done.out
    assert "failed  nobody: reads: there is no agent template 'nobody'" in done.out
    told = json.loads(llmspell("test", "template", "planner", "--json").out)
    assert [one["check"] for one in told["templates"][0]["checks"]] == [
        "reads",
        "options",
        "prompt",
        "tools",
        "answers",
    ]
    assert told["failed"] == 0
