from __future__ import annotations

import pytest

from llmspell.bridge.definition import Handle
from llmspell.bridge.handles import HandleTable
from llmspell.errors import ScriptResourceError, ScriptRuntimeError


class Thing(Handle):
    kind = "thing"


def things(count: int) -> list[Thing]:
    return [Thing(None) for _ in range(count)]  # type: ignore[arg-type]


def test_a_limit_of_objects_is_a_clear_error() -> None:
    table = HandleTable(limit=2)
    first, second, third = things(3)
    assert table.put(first) == table.put(first) == ("thing", 1)
    assert table.put(second) == ("thing", 2)
    with pytest.raises(ScriptResourceError, match="holds 2 objects"):
        table.put(third)
    table.give_back("thing", 1, 2)
    assert table.put(third) == ("thing", 3)
    assert len(table) == 2


def test_what_was_given_back_is_not_found_and_clear_forgets_the_rest() -> None:
    table = HandleTable()
    references = [table.put(one) for one in things(3)]
    table.give_back(*references[1])
    table.give_back(*references[1])
    with pytest.raises(ScriptRuntimeError, match="there is no thing 2: it was released"):
        table.get(*references[1])
    assert len(table) == 2
    table.clear()
    assert len(table) == 0


def test_sendings_are_counted_so_a_release_on_its_way_drops_nothing_that_was_sent_again() -> None:
    table = HandleTable()
    (thing,) = things(1)
    reference = table.put(thing)
    assert table.put(thing) == reference
    table.give_back(*reference)
    assert table.get(*reference) is thing
    table.give_back(*reference)
    assert len(table) == 0


def test_giving_back_less_than_nothing_holds_nothing_for_longer() -> None:
    table = HandleTable()
    reference = table.put(things(1)[0])
    table.give_back(*reference, -100)
    assert len(table) == 1
    table.give_back(*reference, 100)
    assert len(table) == 0


def test_what_one_script_gives_back_another_still_holds() -> None:
    first, second = HandleTable(), HandleTable()
    (thing,) = things(1)
    one, other = first.put(thing), second.put(thing)
    first.give_back(*one)
    assert second.get(*other) is thing
