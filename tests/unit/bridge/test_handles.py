from __future__ import annotations

import pytest

from llmspell.bridge.definition import Handle
from llmspell.bridge.handles import HandleTable
from llmspell.errors import ScriptResourceError, ScriptRuntimeError


class Thing(Handle):
    kind = "thing"


def test_a_limit_of_objects_is_a_clear_error() -> None:
    table = HandleTable(limit=2)
    things = [Thing(None) for _ in range(3)]  # type: ignore[arg-type]
    assert table.put(things[0]) == table.put(things[0]) == ("thing", 1)
    assert table.put(things[1]) == ("thing", 2)
    with pytest.raises(ScriptResourceError, match="holds 2 objects"):
        table.put(things[2])
    assert table.drop("thing", 1) is things[0]
    assert table.put(things[2]) == ("thing", 3)
    assert len(table) == 2


def test_what_was_dropped_is_not_found_and_clear_gives_the_rest() -> None:
    table = HandleTable()
    things = [Thing(None) for _ in range(3)]  # type: ignore[arg-type]
    references = [table.put(one) for one in things]
    assert table.drop(*references[1]) is things[1]
    assert table.drop(*references[1]) is None
    with pytest.raises(ScriptRuntimeError, match="there is no thing 2: it was released"):
        table.get(*references[1])
    assert table.clear() == [things[2], things[0]]
    assert len(table) == 0
