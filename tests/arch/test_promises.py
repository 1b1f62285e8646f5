"""The page of promises names code and tests that are there, and forgets none of the areas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.security.probe import areas

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = {
    *(f"S{number}" for number in range(1, 10)),
    *(f"N{number}" for number in range(1, 5)),
    *(f"F{number}" for number in range(1, 4)),
    *("E1", "E2", "A1", "A2", "P1", "P2"),
    *(f"R{number}" for number in range(1, 18)),
    *("M1", "M2", "D1", "D2", "D3"),
}
_AREAS = re.compile(r"areas? ((?:`[a-z0-9_]+`(?:, )?)+)")
_FILE = re.compile(r"`([\w./-]+/[\w.-]+\.\w+)(?:::(\w+))?`")


class Row(NamedTuple):
    number: str
    code: str
    tests: str

    @property
    def areas(self) -> set[str]:
        return {name for found in _AREAS.findall(self.tests) for name in re.findall(r"`(\w+)`", found)}


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/reference/promises.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rows(page: str) -> dict[str, Row]:
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in page.splitlines() if line[:2] == "| "]
    found = [Row(one[0], one[2], one[3]) for one in cells if re.fullmatch(r"[A-Z]\d+", one[0])]
    numbers = [one.number for one in found]
    assert len(numbers) == len(set(numbers)), "a promise has two rows"
    return {one.number: one for one in found}


def test_every_promise_has_a_row_or_is_told_to_be_none_yet(page: str, rows: dict[str, Row]) -> None:
    rest = page.partition("## Not promised yet")[2]
    ranges = {f"D{number}" for number in range(1, 4)} if "D1 to D3" in rest else set()
    assert {
        one for one in NUMBERS if one not in rows and one not in ranges and not re.search(rf"\b{one}\b", rest)
    } == set()


def test_every_file_and_test_that_is_named_is_there(root: Path, page: str) -> None:
    named = _FILE.findall(page)
    assert len(named) > len(NUMBERS)
    missing = [path for path, _ in named if not (root / path).exists()]
    gone = [
        f"{path}::{name}"
        for path, name in named
        if name and path not in missing and f"def {name}(" not in (root / path).read_text(encoding="utf-8")
    ]
    assert missing + gone == []


def test_each_row_names_code_and_a_test(rows: dict[str, Row]) -> None:
    assert [one.number for one in rows.values() if not one.tests or not one.code] == []
    assert [one.number for one in rows.values() if not one.areas and not _FILE.search(one.tests)] == []


def test_areas_and_rows_agree(rows: dict[str, Row]) -> None:
    there = areas()
    named = {name for row in rows.values() for name in row.areas}
    assert named == set(there), "an area that no row names, or one that is gone"
    for name, area in there.items():
        for number in area.promise.split(", "):
            assert name in rows[number].areas, f"the area {name} keeps an eye on {number}, whose row does not say so"
