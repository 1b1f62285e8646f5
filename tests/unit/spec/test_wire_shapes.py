"""What a guest may send: the messages of the wire's contract, with fields of their types, and nothing else."""

from __future__ import annotations

import pytest

from llmspell.spec.wire import WireError
from llmspell.spec.wire_shapes import check_guest

GOOD: list[dict[str, object]] = [
    {"t": "call", "id": 1, "op": "Tools.list", "args": []},
    {"t": "call", "id": 1, "in": 3, "op": "Tools.list"},
    {"t": "post", "op": "Log.info", "args": ["x"]},
    {"t": "post", "op": "print", "args": ["x"]},
    {"t": "return", "id": 0, "ok": False, "error": {}},
    {"t": "cancel", "id": 1},
    {"t": "credit", "s": 1, "n": 5},
    {"t": "release", "fn": [], "h": [["agent", 1], ["agent", "x", 2]], "s": [1]},
    {"t": "hello", "ok": True, "v": 1},
    {"t": "idle"},
]
BAD: list[dict[str, object]] = [
    {"t": "settle", "id": 1, "ok": True},
    {"t": "call", "op": "Tools.list"},
    {"t": "call", "id": True, "op": "Tools.list"},
    {"t": "call", "id": 1.0, "op": "Tools.list"},
    {"t": "call", "id": 1, "op": 5},
    {"t": "call", "id": 1, "op": "Tools.list", "args": {}},
    {"t": "call", "id": 1, "op": "Tools.list", "in": "x"},
    {"t": "post", "op": "print", "args": [5]},
    {"t": "post", "op": "print", "args": []},
    {"t": "return", "id": 1},
    {"t": "cancel", "id": []},
    {"t": "credit", "s": 1, "n": "x"},
    {"t": "release", "fn": 5},
    {"t": "release", "s": ["x"]},
    {"t": "release", "h": [["agent"]]},
    {"t": "release", "h": [["agent", 1, -1]]},
    {"t": "release", "h": [[1, 1]]},
    {"t": "hello"},
]


@pytest.mark.parametrize("message", GOOD)
def test_a_message_of_the_contract_passes(message):
    check_guest([message])


@pytest.mark.parametrize("message", BAD)
def test_any_other_is_refused(message):
    with pytest.raises(WireError):
        check_guest([GOOD[0], message])
