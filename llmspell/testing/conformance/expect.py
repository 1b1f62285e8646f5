"""Checks of an outcome: each is a function of it that fails as an assertion does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.testing.conformance.stage import Outcome, Stage

    Check = Callable[[Outcome], None]


def returns(value: object) -> Check:
    """Expect the spell to return a value; 1 and 1.0 are the same, 1 and true are not."""

    def check(outcome: Outcome) -> None:
        assert outcome.error is None, f"the spell failed: {outcome.error!r} at {outcome.error.where}"
        assert same(outcome.value, value), f"the spell returned {outcome.value!r}, expected {value!r}"

    return check


def raises(**fields: object) -> Check:
    """Expect the spell to end in an error with these attributes (`type`, `code`, ...).

    `message` need only be part of the message; `line`, and the `file` without its folder and ending, are those of
    `where`.
    """

    def check(outcome: Outcome) -> None:
        error = outcome.error
        assert error is not None, f"the spell did not fail; it returned {outcome.value!r}"
        for name, wanted in fields.items():
            if name == "message":
                assert str(wanted) in str(error), f"the message is {error!s}"
            elif name == "line":
                assert str(error.where).split(":")[1:2] == [str(wanted)], f"the place is {error.where}"
            elif name == "file":
                assert PurePath(str(error.where).split(":", maxsplit=1)[0]).stem == wanted, (
                    f"the place is {error.where}"
                )
            else:
                assert getattr(error, name) == wanted, f"{name} is {getattr(error, name)!r} in {error!r}"

    return check


def told(*values: object) -> Check:
    """Expect these values, in this order, to have been given to the tool `tell`."""

    def check(outcome: Outcome) -> None:
        assert same(outcome.scene.told, list(values)), f"told {outcome.scene.told!r}, expected {list(values)!r}"

    return check


def prints(*lines: str) -> Check:
    """Expect these lines on standard output."""

    def check(outcome: Outcome) -> None:
        assert outcome.scene.printed == list(lines), f"printed {outcome.scene.printed!r}"

    return check


def emits(name: str, times: int) -> Check:
    """Expect an event so many times."""

    def check(outcome: Outcome) -> None:
        found = outcome.scene.count(name)
        assert found == times, f"{name} came {found} times among {sorted({e.name for e in outcome.scene.events})}"

    return check


def notes(*values: object) -> Check:
    """Expect what the acts beside and after the spell noted."""

    def check(outcome: Outcome) -> None:
        assert outcome.scene.notes == list(values), f"noted {outcome.scene.notes!r}"

    return check


def stage(what: Callable[[Stage], object]) -> Check:
    """Expect a function of the stage to be true; its docstring or name says what that means."""

    def check(outcome: Outcome) -> None:
        assert what(outcome.scene), what.__doc__ or what.__name__

    return check


def nobody_sleeps() -> Check:
    """Expect that nothing is left asleep: what was waiting has been cancelled."""

    def check(outcome: Outcome) -> None:
        assert outcome.scene.clock.sleepers == 0, f"{outcome.scene.clock.sleepers} are still asleep"

    return check


def command(status: int, *said: str) -> Check:
    """Expect a command to end with this status and to say these things on standard error."""

    def check(outcome: Outcome) -> None:
        assert outcome.status == status, f"status {outcome.status}: {outcome.err}"
        for one in said:
            assert one in outcome.err, f"{one!r} is not in {outcome.err!r}"

    return check


def same(one: object, other: object) -> bool:
    """Compare JSON values: numbers by value, but never with true or false."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, (str, bytes)):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other
