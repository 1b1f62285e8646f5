"""`llmspell state`, `llmspell session` and `run --session`, as typed."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def told(llmspell):
    """Run a command with `--json` and give what it says, or its error when it must fail."""

    def run(*words: str, status: int = 0, **env: str):
        done = llmspell(*words, "--json", **env)
        assert done.status == status, done
        said = json.loads(done.out)
        return said["error"] if status else said

    return run


def test_values_are_written_read_reverted_and_removed(told, llmspell):
    assert told("state", "set", "k", '{"n": 1}') == {"key": "k", "version": 1}
    assert told("state", "set", "k", "plain text", "--if-version", "1")["version"] == 2
    assert told("state", "set", "k", "x", "--if-version", "1", status=1)["type"] == "state_conflict"
    assert [(one["version"], one["value"]) for one in told("state", "history", "k")] == [
        (2, "plain text"),
        (1, {"n": 1}),
    ]
    assert told("state", "revert", "k", "--to", "1")["version"] == 3
    assert json.loads(llmspell("state", "get", "k").out) == {"n": 1}
    assert [one["key"] for one in told("state", "list", "--prefix", "k")] == ["k"]
    assert told("state", "scopes") == [{"scope": "shared", "owner": "", "keys": 1}]
    assert told("state", "delete", "k")["deleted"] is True
    assert told("state", "delete", "k")["deleted"] is False
    assert told("state", "get", "k", status=1)["type"] == "resource_unavailable"


def test_a_scope_goes_out_into_a_file_and_in_again(told, tmp_path):
    told("state", "set", "a", "1")
    assert told("state", "export", "--output", "state.json") == {"file": "state.json", "entries": 1}
    told("state", "clear")
    assert told("state", "import", "state.json") == {"written": 1}
    assert told("state", "import", "state.json", status=1)["type"] == "state_conflict"
    assert told("state", "import", "state.json", "--on-conflict", "keep") == {"written": 0}
    assert told("state", "export")["entries"][0]["value"] == 1
    (tmp_path / "state.json").write_text("[]")
    assert told("state", "import", "state.json", status=2)["type"] == "usage"


def test_a_migration_of_a_spell_is_undone_on_the_command_line(told, tmp_path):
    (tmp_path / "up.lua").write_text(
        'local s = State.scope("shared")\nreturn s:migrate{steps = {function(v) return {was = v} end}}.changed'
    )
    told("state", "set", "a", "1")
    assert told("run", "up.lua")["result"] == ["a"]
    assert told("state", "get", "a")["value"] == {"was": 1}
    assert told("state", "rollback") == {"from": 1, "to": 0, "changed": ["a"]}
    assert told("state", "get", "a")["value"] == 1
    assert told("state", "rollback", status=1)["type"] == "state_migration"


def test_backups_are_made_by_hand_and_by_configuration(told, tmp_path):
    told("state", "set", "a", "1")
    made = told("state", "backup")["file"]
    assert made.endswith(".backup")
    (tmp_path / "llmspell.toml").write_text('[state]\nbackup_interval = "1h"\nbackup_path = "saved"\n')
    told("state", "set", "a", "2")
    told("state", "set", "a", "3")
    assert len(list((tmp_path / "saved").iterdir())) == 1


@pytest.mark.parametrize("words", ["state set a 1", "state list", "state backup", "session create trip"])
def test_a_store_that_ends_with_the_command_is_refused(told, tmp_path, words):
    (tmp_path / "llmspell.toml").write_text('[storage]\nbackend = "memory"\n')
    error = told(*words.split(), status=1)
    assert error["type"] == "storage"
    assert "ends with each process" in error["message"]


def test_runs_continue_in_a_session(told, tmp_path):
    (tmp_path / "day.py").write_text('await State.increment("days")\nawait State.get("days")\n')
    made = told("session", "create", "trip", "--tag", "travel", "--value", "days:=5", "--lifetime", "1d")
    assert (made["name"], made["tags"], made["lifetime"], made["status"]) == ("trip", ["travel"], 86400.0, "active")
    assert told("run", "day.py", "--session", "trip")["result"] == 6
    assert told("run", "day.py", "--session", made["id"])["result"] == 7
    shown = told("session", "show", "trip")
    assert (shown["runs"], shown["values"]) == (2, {"days": 7})
    assert told("session", "suspend", "trip")["status"] == "suspended"
    assert told("run", "day.py", "--session", "trip", status=1)["type"] == "session"
    assert told("session", "list", "--status", "active") == []
    assert told("session", "resume", "trip")["status"] == "active"
    assert told("session", "remove", "trip") == {"removed": "trip"}
    assert told("run", "day.py", "--session", "trip", status=1)["type"] == "session_not_found"


def test_sessions_are_found_by_their_tags(told):
    made = told("session", "create", "trip", "--tag", "travel")
    assert told("session", "tag", "trip", "a", "b")["tags"] == ["a", "b", "travel"]
    assert told("session", "tag", "trip", "a", "--remove")["tags"] == ["b", "travel"]
    assert [one["id"] for one in told("session", "list", "--tag", "b")] == [made["id"]]
    assert told("session", "list", "--tag", "a") == []
    assert told("session", "purge", "--idle", "1h") == {"removed": []}


def test_what_owners_left_behind_is_pruned(told):
    for owner, value in (("a", "1"), ("b", '"much longer"')):
        told("state", "set", "k", value, "--scope", "run", "--owner", owner)
    told("state", "set", "k", "1", "--scope", "agent", "--owner", "x.lua/c")
    told("state", "set", "k", "1")
    assert told("state", "prune", "--unused", "1h") == {"removed": []}
    assert told("state", "prune", "--scope", "run", "--keep", "1", "--dry-run") == {"would_remove": ["run a"]}
    assert told("state", "prune", "--keep", "1") == {"removed": ["run a", "run b"]}
    assert {one["scope"] for one in told("state", "scopes")} == {"agent", "shared"}
    assert told("state", "prune", "--size", "0") == {"removed": ["agent x.lua/c"]}
    assert told("state", "get", "k")["value"] == 1
    assert "nothing says what is too much" in told("state", "prune", status=2)["message"]


def test_a_shown_scope_and_session_are_tables(llmspell):
    llmspell("state", "set", "k", '"' + "long " * 40 + '"')
    llmspell("session", "create", "trip")
    listed = llmspell("state", "list").out.splitlines()
    assert listed[0].split() == ["key", "version", "written", "value"]
    assert listed[1].endswith("...")
    assert "trip" in llmspell("session", "list").out.splitlines()[1]
    assert "nothing is kept" in llmspell("state", "history", "none").err
