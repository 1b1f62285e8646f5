"""The list of what an encrypted store holds, in parts."""

from __future__ import annotations

from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import EncryptionError, StorageConflictError
from llmspell.runtime import store_list
from llmspell.runtime.store_list import BELOW, index_of, part_from, part_of, planted, revised
from llmspell.spec.encryptions import LIST
from llmspell.spec.storages import Operation
from tests.unit.runtime.witness_plugin import Turned

SEAL = Turned(None, b"1")
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
MARK = st.binary(min_size=12, max_size=12)
CHANGES = st.lists(st.lists(st.tuples(st.booleans(), TEXT), max_size=40), max_size=12)


class Kept:
    """A list and its parts, as a store keeps them."""

    def __init__(self, seal=SEAL):
        self.stored = {}
        self.expected = {}
        self.take(planted(seal, {}))

    def take(self, revision):
        for verb, key, value in revision.steps:
            if verb == "put":
                self.stored[key] = value
            else:
                del self.stored[key]
        self.index = index_of(SEAL.decode(LIST, self.stored[LIST]), self.stored[LIST])
        assert self.index == revision.head

    def part(self, place):
        first = self.index.firsts[place]
        data = self.stored[BELOW + first]
        assert SEAL.mark(data) == self.index.mark(place)
        return part_of(SEAL.decode("", data))

    def apply(self, changes):
        steps = []
        for put, key in changes:
            value = SEAL.encode(key, b"value")
            steps.append(Operation("put" if put else "delete", key, value if put else b""))
            if put:
                self.expected[key] = SEAL.mark(value)
            else:
                self.expected.pop(key, None)
        places = {self.index.place(one.key) for one in steps}
        self.take(revised(self.index, {place: self.part(place) for place in places}, steps, SEAL))

    def all(self):
        return {key: mark for at in range(len(self.index.firsts)) for key, mark in self.part(at).marks.items()}


@given(marks=st.dictionaries(TEXT, MARK, max_size=30))
@settings(deadline=None)
def test_a_part_is_read_as_it_was_written(marks) -> None:
    part = part_from(marks)
    assert part_of(part.text()) == part
    assert list(part.marks.items()) == sorted(marks.items())


@given(rounds=CHANGES)
@settings(deadline=None, max_examples=60)
def test_the_list_is_a_sorted_dict_in_parts(rounds) -> None:
    kept = Kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_list, "SMALLEST", 200)
        patch.setattr(store_list, "ENTRY", 1)
        for number, changes in enumerate(rounds):
            kept.apply(changes)
            assert kept.all() == kept.expected
            assert list(kept.all()) == sorted(kept.expected)
            firsts = list(kept.index.firsts)
            assert firsts == sorted(set(firsts))
            assert firsts[0] == ""
            assert {key[len(BELOW) :] for key in kept.stored if key != LIST} == set(firsts)
            assert kept.index.changes == number + 2
            for key in kept.expected:
                assert kept.index.place(key) == bisect_right(firsts, key) - 1


def test_long_lists_have_parts_as_long_as_their_index() -> None:
    marks = {f"storage\x1fkey {number:06}": b"m" * 12 for number in range(20_000)}
    made = planted(SEAL, marks)
    sizes = [len(step.value) for step in made.steps]
    assert max(sizes) < 10_000
    assert 50 < len(sizes) < 400


def test_conditions_are_about_the_list() -> None:
    kept = Kept()
    value, other = SEAL.encode("a", b"1"), SEAL.encode("a", b"1")
    kept.take(revised(kept.index, {0: kept.part(0)}, [Operation("put", "a", value)], SEAL))
    for wrong in (Operation("check", "a", other), Operation("absent", "a"), Operation("check", "b", other)):
        with pytest.raises(StorageConflictError):
            revised(kept.index, {0: kept.part(0)}, [wrong], SEAL)
    revised(kept.index, {0: kept.part(0)}, [Operation("check", "a", value), Operation("absent", "b")], SEAL)


def test_a_newer_format_is_told() -> None:
    text = bytearray(part_from({"a": b"m" * 12}).text())
    text[0] = 9
    with pytest.raises(EncryptionError, match="newer format"):
        part_of(bytes(text))
