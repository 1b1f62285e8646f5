"""The harness of the conformance list: marks, records and the page made of them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from llmspell.testing import EngineContract
from llmspell.testing.conformance import page, record
from llmspell.testing.conformance.expect import returns, same
from llmspell.testing.conformance.item import INLINE, PLACES, Item, Only, Reason, untried
from llmspell.testing.conformance.items import GROUPS, ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ADDS = Item(1, "adds", asks="Returns 1 + 1.", expects=(returns(2),))
FOREIGN = Item(
    2, "foreign", asks="Returns 1.", expects=(returns(1),), only=Only(languages=("elvish",), because="runes")
)


class Contract(EngineContract):
    __test__ = False
    plugin = "llmspell_engine_lua.plugin"


def contract(folder: Path, **spells: str) -> Contract:
    for name, text in spells.items():
        (folder / f"{name.removeprefix('n')}.lua").write_text(text)
    made = type("Made", (Contract,), {"spells": folder})()
    assert isinstance(made, Contract)
    return made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder for the spell to run in, apart from the spells."""
    made = tmp_path / "place"
    made.mkdir()
    return made


@pytest.fixture
def spells(tmp_path: Path) -> Path:
    """Give a folder for spells."""
    made = tmp_path / "spells"
    made.mkdir()
    return made


async def test_a_spell_that_does_as_asked_holds(spells: Path, place: Path) -> None:
    assert await contract(spells, n001_adds="return 1 + 1").tried(ADDS, place) == ("holds", "")


async def test_a_spell_that_does_not_fails_its_check(spells: Path, place: Path) -> None:
    with pytest.raises(AssertionError, match="returned 3, expected 2"):
        await contract(spells, n001_adds="return 1 + 2").tried(ADDS, place)


async def test_a_spell_that_never_sleeps_wakes_nobody(spells: Path, place: Path) -> None:
    naps = Item(1, "naps", asks="Sleeps.", expects=(returns(2),), wakes=(1,))
    assert await contract(spells, n001_naps="Async.sleep(50) return 2").tried(naps, place) == ("holds", "")
    with pytest.raises(AssertionError, match="of 1 times"):
        await contract(spells, n001_naps="return 2").tried(naps, place)


async def test_a_spell_that_is_missing_is_asked_for(spells: Path, place: Path) -> None:
    with pytest.raises(AssertionError, match=r"001_\*: adds. Returns 1 \+ 1"):
        await contract(spells).tried(ADDS, place)


async def test_a_mark_gives_its_state_and_reason(spells: Path, place: Path) -> None:
    made = contract(spells, n001_adds="return 3")
    made.child_only = {1: "only there"}  # type: ignore[misc]  # of this one
    assert await made.tried(ADDS, place) == ("child only", "only there")
    made.lacks = {1: Reason("cannot add")}  # type: ignore[misc]
    assert await made.tried(ADDS, place) == ("lacks", "cannot add")


async def test_a_mark_that_is_not_needed_fails(spells: Path, place: Path) -> None:
    made = contract(spells, n001_adds="return 2")
    made.lacks = {1: "cannot add"}  # type: ignore[misc]
    with pytest.raises(pytest.fail.Exception, match="but it holds"):
        await made.tried(ADDS, place)


async def test_what_must_not_be_tried_is_not(spells: Path, place: Path) -> None:
    made = contract(spells, n001_adds="return 2")
    made.lacks = {1: untried("would hang")}  # type: ignore[misc]
    assert await made.tried(ADDS, place) == ("lacks", "would hang")
    assert not list(place.iterdir())


async def test_a_language_that_was_not_asked_may_answer(spells: Path, place: Path) -> None:
    made = contract(spells)
    assert await made.tried(FOREIGN, place) == ("n/a", "runes")
    (spells / "002_foreign.lua").write_text("return 1")
    assert await made.tried(FOREIGN, place) == ("holds", "")


def test_files_that_belong_to_no_item_are_found(spells: Path) -> None:
    contract(spells, n001_adds="").test_every_spell_belongs_to_an_item()
    with pytest.raises(AssertionError, match=r"no item has the number of 999_more\.lua"):
        contract(spells, n999_more="").test_every_spell_belongs_to_an_item()


def test_a_class_that_says_too_little_is_told_what_to_say(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="must say its plugin and spells"):
        EngineContract().complete()
    with pytest.raises(pytest.fail.Exception, match="nowhere is no folder"):
        contract(tmp_path / "nowhere").complete()


def test_a_machine_s_source_that_is_missing_is_named(spells: Path) -> None:
    with pytest.raises(AssertionError, match="no source 'value'"):
        contract(spells).start("value")


def test_an_item_has_one_spell(spells: Path) -> None:
    with pytest.raises(AssertionError, match="several spells"):
        contract(spells, n001_adds="", n001_again="").spell(ADDS)


def test_the_list_is_numbered_without_gaps_or_repetitions() -> None:
    assert [item.number for item in ITEMS] == list(range(1, len(ITEMS) + 1))
    assert len({item.title for item in ITEMS}) == len(ITEMS)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(1, 1.0, True), (1, True, False), ([1], (1,), True), ({"a": [0]}, {"a": [False]}, False), ("a", ["a"], False)],
)
def test_values_are_compared_as_json(one: object, other: object, equal: bool) -> None:
    assert same(one, other) is equal


def cells(**special: Mapping[str, str]) -> record.Cells:
    held = {str(item.number): dict.fromkeys(PLACES, "holds") for item in ITEMS}
    return held | {number.removeprefix("n"): dict(cell) for number, cell in special.items()}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = cells(n2={"inline": "lacks", "process": "holds", "reason": 'a "reason"'})
    record.write(tmp_path / "record.json", "lua", found)
    assert record.read(tmp_path / "record.json") == found


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text("[]")
    with pytest.raises(ValueError, match="no record of conformance"):
        record.read(tmp_path / "record.json")


def test_the_page_shows_cells_and_reasons() -> None:
    special = {"inline": "child only", "process": "holds", "reason": "runs in C"}
    text = page.render({"Lua": cells(n1=special), "Elvish": cells(n1=special)})
    assert f"| 1 | {ITEMS[0].title} | child only | holds | child only | holds |" in text
    assert "- 1, *child only* (Lua, Elvish): runs in C" in text
    assert all(f"### {group}" in text for group, items in GROUPS.items() if items)


def test_the_page_needs_every_item() -> None:
    with pytest.raises(KeyError):
        page.render({"Lua": {}})


TEST = """
from pathlib import Path
from llmspell.testing import EngineContract

class TestLua(EngineContract):
    plugin = "llmspell_engine_lua.plugin"
    spells = Path(__file__).parent / "spells"
"""


class TestRecording:
    words: ClassVar[list[str]] = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "llmspell.testing.plugin",
        "-p",
        "no:cacheprovider",
    ]

    def run(self, folder: Path, *more: str) -> Any:
        words = [*self.words, "-o", "asyncio_mode=auto", "-k", f"{INLINE}-001", *more]
        return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)

    def test_a_cell_that_differs_from_the_record_fails(self, tmp_path: Path, spells: Path) -> None:
        (tmp_path / "test_it.py").write_text(TEST)
        (spells / "001_awaited.lua").write_text("return Tools.echo:execute({value = params.value}).result")
        assert "there is no record" in self.run(tmp_path).stdout
        assert self.run(tmp_path, record.OPTION).returncode == 0
        path = spells / "record.json"
        assert json.loads(path.read_text())["items"] == {"1": {"inline": "holds"}}
        assert self.run(tmp_path).returncode == 0
        path.write_text(path.read_text().replace("holds", "lacks"))
        differs = self.run(tmp_path)
        assert differs.returncode == 1
        assert "but the record says {'inline': 'lacks'}" in differs.stdout
