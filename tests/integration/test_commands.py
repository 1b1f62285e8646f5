"""The commands of the README, run as a user would."""

from __future__ import annotations

import json


def test_the_calculator_shows_thirty_digits(llmspell):
    done = llmspell("tools", "run", "calculator", "expression=sqrt(2)*10", "precision=30")
    assert done.status == 0
    assert "14.1421356237309504880168872421" in done.out


def test_tools_list_and_show(llmspell):
    listed = llmspell("tools", "list", "--json")
    names = {tool["name"] for tool in json.loads(listed.out)}
    assert {"calculator", "file_reader", "template_processor"} <= names
    shown = json.loads(llmspell("tool", "show", "calculator", "--json").out)
    assert shown["input_schema"]["required"] == ["expression"]
    assert len(shown["examples"]) >= 3


def test_plugins_list_info_doctor(llmspell):
    rows = json.loads(llmspell("plugins", "list", "--json").out)
    assert {"builtin", "files", "lua", "openai", "utilities"} <= {row["name"] for row in rows}
    about = json.loads(llmspell("plugins", "info", "utilities", "--json").out)
    assert "calculator" in {component["name"] for component in about["components"]}
    healthy = llmspell("plugins", "doctor", "--json")
    assert healthy.status == 0, healthy.out
    assert json.loads(healthy.out)["healthy"] is True


def test_blocking_a_plugin(llmspell):
    assert "calculator" not in llmspell("tools", "list", "-p", "no:utilities").out
    assert "calculator" not in llmspell("tools", "list", LLMSPELL_DISABLE="utilities").out
    own = json.loads(llmspell("tools", "list", "--json", LLMSPELL_DISABLE="*").out)
    assert [tool["name"] for tool in own] == ["agent_finder"]


def test_config_init_is_valid_and_shown(llmspell, tmp_path):
    assert llmspell("config", "init").status == 0
    assert llmspell("config", "validate").status == 0
    assert llmspell("config", "init").status == 2
    (tmp_path / "llmspell.toml").write_text("[events]\nbuffer_size = 7\n")
    shown = llmspell("config", "show", "--origin")
    assert "events.buffer_size = 7" in shown.out
    assert "llmspell.toml" in shown.out
    assert "events.patience = 30.0  # default" in shown.out
    assert json.loads(llmspell("config", "show", "--json").out)["events"]["buffer_size"] == 7


def test_doctor_finds_a_healthy_installation(llmspell):
    done = llmspell("doctor", "--json")
    assert done.status == 0, done.out
    found = {row["what"]: row for row in json.loads(done.out)["findings"]}
    assert found["engines"]["state"] == "ok"
    assert found["models"]["state"] == "note"


def test_every_verb_has_help(llmspell):
    from llmspell.cli.table import COMMANDS

    overview = llmspell("--help").out
    for command in COMMANDS:
        assert f"  {command.name}" in overview
        done = llmspell(command.name, "--help")
        assert done.status == 0
        assert command.summary in done.out
