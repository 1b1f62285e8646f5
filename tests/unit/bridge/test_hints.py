"""What is said about mistakes that a language reports in its own words."""

from __future__ import annotations

import pytest

from llmspell.bridge.hints import AWAIT, FILES, NETWORK, RULES, hints

CASES = [
    ("lua", "attempt to index a nil value (global 'Agents')", "did you mean 'Agent'?"),
    ("lua", "attempt to call a nil value (global 'prnt')", "did you mean 'print'?"),
    ("lua", "attempt to index a nil value (global 'io')", FILES),
    ("lua", "attempt to call a nil value (field 'get_by_categry')", "did you mean 'get_by_category'?"),
    ("lua", "attempt to call a nil value (method 'chatt')", "did you mean 'chat'?"),
    ("lua", "the script raised a table without a message", "give it one: error({ message = ... })"),
    ("lua", "the script raised nil", "say what is wrong: error(...)"),
    ("javascript", "TypeError: Agent.neww is not a function", "did you mean 'new'?"),
    ("javascript", "TypeError: Tools.getByCategry is not a function", "did you mean 'getByCategory'?"),
    ("javascript", "TypeError: someone.chatt is not a function", "did you mean 'chat'?"),
    ("javascript", "ReferenceError: Agents is not defined", "did you mean 'Agent'?"),
    ("javascript", "ReferenceError: fetch is not defined", NETWORK),
    ("python", "NameError: name 'Agents' is not defined", "did you mean 'Agent'?"),
    ("python", 'TypeError: can only concatenate str (not "coroutine") to str', AWAIT),
    ("python", "TypeError: unsupported operand type(s) for +: 'Call' and 'int'", AWAIT),
    ("python", "AttributeError: Tools.get gives its value when it is awaited: write (await ...).x", AWAIT),
    ("python", "PermissionError: [Errno 13] Permission denied: '/etc/passwd'", FILES),
    ("python", "URLError: <urlopen error a spell cannot use the network (socket.getaddrinfo)>", NETWORK),
]


@pytest.mark.parametrize(("engine", "message", "hint"), CASES)
def test_a_mistake_has_a_hint(engine, message, hint):
    assert hints(message, engine) == [hint]


def test_a_module_that_is_missing_says_where_to_put_it():
    assert "requestss.py" in hints("ModuleNotFoundError: No module named 'requestss'", "python")[0]


@pytest.mark.parametrize(
    "message", ["boom", "attempt to call a nil value (field 'q')", "ReferenceError: q is not defined"]
)
def test_nothing_is_said_without_a_reason(message):
    assert hints(message, "lua") == []


def test_every_rule_has_a_case():
    import re

    messages = [message for _, message, _ in CASES] + ["ModuleNotFoundError: No module named 'x'"]
    assert all(any(re.search(pattern, message) for message in messages) for pattern, _ in RULES)
