"""The contract of durable guests: the same messages give the same answers, in any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import pytest

from llmspell.testing import durable_player
from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = (
    {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
)
"""What two processes have that differs."""
SECONDS = 300
FEWEST = 25
"""Spells that a corpus must have to be one."""


class DurableContract(Contract):
    """Play a folder of spells, each of which tries what could differ, here and in two other processes.

    class TestLuaIsDurable(DurableContract):
        target = "llmspell_engine_lua.machine:LuaMachine"
        spells = Path(__file__).parent / "durable"

    The spells call what `durable_player.API` names; what they load lies in `modules/`.
    """

    target: ClassVar[str]
    spells: ClassVar[Path]

    def test_the_same_messages_give_the_same_answers(self) -> None:
        """A run that is resumed in another process must go where it went.

        If this fails, the message says which spell said something else, and what.
        """
        names = [path.name for path in durable_player.spells(self.spells)]
        assert len(names) >= FEWEST, f"{self.spells} has only {len(names)} spells"
        here = {path.name: durable_player.play(self.target, path) for path in durable_player.spells(self.spells)}
        there = [_played(self.target, self.spells, place) for place in range(len(ELSEWHERE))]
        for name in names:
            for lines in there:
                assert lines[name] == here[name], f"{name}: {_difference(here[name], lines[name])}"

    def test_every_spell_comes_to_its_end(self) -> None:
        """A spell that fails tries nothing, unless failing is what it tries: its name then begins with `fails`."""
        for path in durable_player.spells(self.spells):
            said = [json.loads(line) for line in durable_player.play(self.target, path)]
            ends = [one for out in said for one in out if one["t"] == "return" and one["id"] == durable_player.MAIN]
            assert ends, f"{path.name} never returned: {said}"
            if ends[0]["ok"] is path.name.startswith("fails"):
                pytest.fail(f"{path.name} ended with {ends[0]}")


@cache
def _played(target: str, folder: Path, place: int) -> dict[str, list[str]]:
    """Play all spells in a process of its own."""
    environment = {**os.environ, **ELSEWHERE[place]}
    words = [sys.executable, "-m", durable_player.__name__, target, str(folder)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module
    assert done.returncode == 0, done.stderr
    lines: dict[str, list[str]] = json.loads(done.stdout)
    return lines


def _difference(one: list[str], other: list[str]) -> str:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return f"{left} became {right}"
    return f"{len(one)} answers became {len(other)}"
