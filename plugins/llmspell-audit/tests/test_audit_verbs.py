"""`llmspell audit`: what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from .audit_place import KEY

if TYPE_CHECKING:
    from .audit_place import Place


@pytest.fixture
def filled(place: Place) -> Place:
    """Give a log of two runs, one of them with refusals, and the configuration that names it."""
    log = place.log()
    log.write("tool_execution", {"phase": "begun", "subject": "reads", "run": "r1"})
    log.write("tool_execution", {"phase": "done", "subject": "reads", "run": "r1", "seconds": 0.5})
    place.now += 3600
    log.write("right_denied", {"right": "fs.read", "target": "/x", "who": "tool reads", "run": "r2"})
    log.write("tool_execution", {"phase": "refused", "subject": "reads", "run": "r2"})
    log.close()
    lines = {"path": place.path, "anchor": place.anchor, "signing_key": KEY.decode()}
    text = "".join(f"{name} = {json.dumps(str(value))}\n" for name, value in lines.items())
    (place.folder / "llmspell.toml").write_text(f"[audit]\nenabled = true\n{text}")
    return place


def llmspell(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    places = {f"LLMSPELL_{kind}_DIR": str(place.folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
    environment = {**os.environ, **places, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "llmspell", "audit", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=place.folder, env=environment, check=False)


def test_records_are_shown_on_a_line_each(filled: Place) -> None:
    lines = llmspell(filled, "show").stdout.splitlines()
    assert len(lines) == 5
    assert lines[2].split() == [
        "3",
        "2023-11-14T22:13:20.000Z",
        "tool_execution",
        "done",
        "reads",
        '{"seconds":',
        "0.5}",
    ]
    assert lines[3].endswith('right_denied  {"right": "fs.read", "target": "/x", "who": "tool reads"}')


def test_what_is_shown_moves_no_cursor(filled: Place) -> None:
    log = filled.log()
    log.write("tool_execution", {"subject": "evil\x1b[2K\u202e", "run": "r3", "error": "\x9b1A"})
    log.close()
    (line,) = llmspell(filled, "show", "--run", "r3").stdout.splitlines()
    assert "evil\\u001b[2K\\u202e" in line
    assert "\\u009b1A" in line


@pytest.mark.parametrize(
    ("words", "seqs"),
    [
        ((), [1, 2, 3, 4, 5]),
        (("--run", "r1"), [2, 3]),
        (("--kind", "right*"), [4]),
        (("--kind", "opened", "--kind", "right_denied"), [1, 4]),
        (("--denied",), [4, 5]),
        (("--since", "2023-11-14T22:30"), [4, 5]),
        (("--since", "2023-11-15T00:00+01:00"), [4, 5]),
        (("--since", "2030-01-01"), []),
        (("--since", "1s"), []),
        (("--since", "9000d"), [1, 2, 3, 4, 5]),
    ],
)
def test_records_are_chosen(filled: Place, words: tuple[str, ...], seqs: list[int]) -> None:
    shown = llmspell(filled, "show", "--json", *words).stdout.splitlines()
    assert [json.loads(line)["seq"] for line in shown] == seqs


def test_json_lines_are_those_of_the_log(filled: Place) -> None:
    assert llmspell(filled, "show", "--json").stdout == filled.path.read_text()


@pytest.mark.parametrize("text", ["yesterday", "2023-99-01"])
def test_an_odd_moment_is_told(filled: Place, text: str) -> None:
    done = llmspell(filled, "show", "--since", text)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--since cannot be {text!r}" in done.stderr


def test_a_whole_log_is_said_to_be(filled: Place) -> None:
    before = filled.path.read_bytes()
    assert llmspell(filled, "verify").stdout == f"{filled.path} is whole: 5 records\n"
    told: dict[str, Any] = json.loads(llmspell(filled, "verify", "--json").stdout)
    assert told == {"records": 5, "whole": True, "path": str(filled.path)}
    assert filled.path.read_bytes() == before


def test_the_first_bad_line_is_named(filled: Place) -> None:
    filled.path.write_text(filled.path.read_text().replace('"/x"', '"/y"'))
    done = llmspell(filled, "verify")
    assert done.returncode == 1
    assert f"error[6120]: {filled.path}:4: edited: record 4: the line is not what was signed" in done.stderr
    assert "3 records before it are as they were written" in done.stderr


def test_a_log_that_is_gone_is_told(filled: Place) -> None:
    filled.path.unlink()
    done = llmspell(filled, "verify")
    assert done.returncode == 1
    assert f"error[6120]: {filled.path}: truncated: the log is gone: 5 records had been written by " in done.stderr


@pytest.mark.parametrize("words", [("--kind", "right_usd"), ("--run", "nobody")])
def test_what_is_like_no_record_is_told(filled: Place, words: tuple[str, ...]) -> None:
    done = llmspell(filled, "show", *words)
    assert (done.returncode, done.stdout) == (0, "")
    assert "none of its records is like that; their kinds are opened, right_denied, tool_execution" in done.stderr


def test_nothing_is_written_yet(place: Place) -> None:
    (place.folder / "llmspell.toml").write_text(f"[audit]\npath = {json.dumps(str(place.path))}\n")
    assert "holds nothing yet" in llmspell(place, "verify").stdout
    assert llmspell(place, "show").stdout == ""
    assert not place.path.exists()


def test_a_log_is_followed(filled: Place) -> None:
    """What comes is shown while the verb runs; it ends when it is interrupted."""
    places = {f"LLMSPELL_{kind}_DIR": str(filled.folder / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
    command = [sys.executable, "-m", "llmspell", "audit", "show", "--follow", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=filled.folder, env={**os.environ, **places}
    ) as running:
        assert running.stdout is not None
        assert [json.loads(running.stdout.readline())["seq"] for _ in range(5)] == [1, 2, 3, 4, 5]
        filled.filled(1)
        assert [json.loads(running.stdout.readline())["kind"] for _ in range(2)] == ["opened", "note"]
        running.terminate()
