"""Tables within a table of a section, each with keys of its own, are read as a section is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import field, frozen
from attrs.validators import ge

from llmspell.services.config_convert import convert

if TYPE_CHECKING:
    from llmspell.services.config_sources import Faults


@frozen(kw_only=True)
class Rule:
    MILLISECONDS: ClassVar = ("wait",)
    SIZES: ClassVar = ("room",)

    wait: float = 1.0
    room: int = 0
    times: int = field(default=1, validator=ge(1))


@frozen(kw_only=True)
class Section:
    RULES: ClassVar = {"per": Rule}

    per: dict[str, Rule] = field(factory=dict)


def test_durations_and_sizes_may_have_units() -> None:
    faults: Faults = []
    given = {"a/b": {"wait": "2m", "room": "1KB"}, "c": {"wait": 3}}
    made: Any = convert(Section, {"per": given}, {}, "demo", faults)
    assert made.per == {"a/b": Rule(wait=120.0, room=1024), "c": Rule(wait=3.0)}
    assert faults == []


def test_all_faults_are_told_at_once_by_their_place() -> None:
    faults: Faults = []
    given = {"a": {"wait": "soon", "times": 0, "tims": 1}, "b": 5, "c": {"room": -1}}
    assert convert(Section, {"per": given}, {}, "demo", faults) is None
    told = dict(faults)
    assert set(told) == {
        "demo.per['a'].wait", "demo.per['a'].times", "demo.per['a'].tims", "demo.per['b']", "demo.per['c'].room",
    }  # fmt: skip
    assert "did you mean times" in told["demo.per['a'].tims"]
    assert told["demo.per['b']"] == "is 5, not a table"


def test_what_is_no_table_at_all_is_a_fault() -> None:
    faults: Faults = []
    assert convert(Section, {"per": 5}, {}, "demo", faults) is None
    assert [path for path, _ in faults] == ["demo.per"]
