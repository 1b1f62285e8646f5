"""When a backup is due, which may go, and what clocks that jump do to sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmspell.errors import StorageError
from llmspell.services.sessions import Session, SteadyClock, session_of
from llmspell.services.state_backups import Schedule, abandoned, name_at, superfluous, times, wait
from llmspell.spec.states import Entry

DAY = 86_400.0
NOW = 1_700_000_000.0
PLAN = Schedule(DAY, 3, Path("backups"), "sqlite-0a1b2c3d")
OTHER = PLAN._replace(label="sqlite-ffffffff")


def test_the_name_of_a_backup_tells_its_time() -> None:
    name = "llmspell-sqlite-0a1b2c3d-20231114T221320Z.backup"
    assert name_at(PLAN, NOW) == name
    assert times(PLAN, [name, "notes.txt", f"{name}.x7.partial", name_at(OTHER, NOW)]) == {name: NOW}


def test_the_first_backup_is_due_at_once_and_the_next_after_the_interval() -> None:
    assert wait(PLAN, [], NOW) == 0
    assert wait(PLAN, [name_at(PLAN, NOW)], NOW) == DAY
    assert wait(PLAN, [name_at(PLAN, NOW - DAY), name_at(PLAN, NOW - 3 * DAY)], NOW + 1) == 0
    assert wait(PLAN, [name_at(PLAN, NOW - DAY / 2)], NOW) == DAY / 2


def test_backups_of_other_stores_in_the_folder_count_for_nothing_and_stay() -> None:
    others = [name_at(OTHER, NOW - number) for number in range(9)]
    assert wait(PLAN, others, NOW) == 0
    assert superfluous(PLAN._replace(keep=1), others, name_at(PLAN, NOW)) == []


def test_what_a_process_left_that_died_while_it_made_a_backup_goes_after_a_day() -> None:
    old, young, other = name_at(PLAN, NOW - 2 * DAY), name_at(PLAN, NOW - 60), name_at(OTHER, NOW - 2 * DAY)
    parts = [f"{name}.x_7.partial" for name in (old, young, other)]
    assert abandoned(PLAN, [old, "notes.partial", *parts, f"{parts[0]}-journal"], NOW) == [
        parts[0],
        f"{parts[0]}-journal",
    ]


def test_a_backup_from_the_future_does_not_keep_others_from_being_made() -> None:
    assert wait(PLAN, [name_at(PLAN, NOW + 900 * DAY)], NOW) == 0


def test_the_oldest_go_and_never_the_one_just_made() -> None:
    names = [name_at(PLAN, NOW - number * DAY) for number in range(5)]
    assert superfluous(PLAN, [*names, "notes.txt"], names[0]) == [names[4], names[3]]
    assert superfluous(PLAN, names[:2], names[0]) == []
    old = name_at(PLAN, NOW - 100 * DAY)  # the clock went back: its name is older than all others
    assert superfluous(PLAN._replace(keep=1), [*names, old], old) == sorted(names)


class Jumping:
    """A clock whose time of day is set now and then."""

    def __init__(self) -> None:
        self.day = NOW
        self.passed = 50.0

    def now(self) -> float:
        return self.day

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds


@pytest.mark.parametrize("jump", [-900 * DAY, 900 * DAY])
def test_a_clock_that_jumps_while_we_look_moves_nothing(jump: float) -> None:
    clock = Jumping()
    steady = SteadyClock(clock)
    clock.day += jump
    clock.passed += 5
    assert steady.now() == NOW + 5


def test_a_session_expires_after_its_lifetime_and_not_while_it_rests() -> None:
    session = Session("s", used=NOW, lifetime=60.0)
    assert [session.status(NOW + after) for after in (0, 60, 61)] == ["active", "active", "expired"]
    assert session._replace(suspended=True).status(NOW + 1000) == "suspended"
    assert session._replace(lifetime=None).status(NOW + 1000 * DAY) == "active"


def test_a_clock_that_went_back_expires_nothing_and_one_that_is_right_again_wakes_what_it_expired() -> None:
    session = Session("s", used=NOW, lifetime=60.0)
    assert session.status(NOW - 900 * DAY) == "active"
    assert session.status(NOW + 900 * DAY) == "expired"
    assert session.status(NOW + 1) == "active"


def test_the_record_of_a_session_is_what_older_stores_hold() -> None:
    golden = {
        "name": "trip", "suspended": False, "created": 1.0, "used": 2.0, "lifetime": None, "tags": ["a"], "runs": 3,
    }  # fmt: skip
    session = session_of(Entry("id", golden, 4, 5.0))
    assert session == Session("id", "trip", suspended=False, created=1.0, used=2.0, tags=("a",), runs=3, version=4)
    assert session.record() == golden
    for wrong in ("text", {"name": "x"}, {**golden, "more": 1}):
        with pytest.raises(StorageError, match="record of session id"):
            session_of(Entry("id", wrong, 1, 1.0))
