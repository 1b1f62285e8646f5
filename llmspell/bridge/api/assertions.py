"""Assertions: what a test says about values. Engines do them, because they judge their own language's values at once.

Each raises an error of type `assertion` whose `context` has `assertion`, `expected` and `actual` as the language
writes them; whoever reports a failure makes its comparison of those texts.
"""

from __future__ import annotations

from llmspell.bridge.definition import Function, Handle, Namespace, ScriptObject, function

# Local functions have no body: each engine implements them; this is what engines and reference agree on.
PREFIX = "assert_"


class Assertions(ScriptObject):
    """Judge values; `message` goes before what went wrong."""

    @function(local=True, aliases=("equal",))
    def equals(self, actual: object, expected: object, message: str | None = None) -> None:
        """Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself."""

    @function(local=True, aliases=("not_equal",))
    def not_equals(self, actual: object, expected: object, message: str | None = None) -> None:
        """Check that two values differ somewhere."""

    @function(local=True)
    def same(self, actual: object, expected: object, message: str | None = None) -> None:
        """Check that two values are one and the same object."""

    @function(local=True)
    def not_same(self, actual: object, expected: object, message: str | None = None) -> None:
        """Check that two values are two objects."""

    @function(local=True)
    def is_true(self, value: object, message: str | None = None) -> None:
        """Check that a value is true itself, not only something that counts as true."""

    @function(local=True)
    def is_false(self, value: object, message: str | None = None) -> None:
        """Check that a value is false itself."""

    @function(local=True)
    def truthy(self, value: object, message: str | None = None) -> None:
        """Check that a value counts as true in the language."""

    @function(local=True)
    def falsy(self, value: object, message: str | None = None) -> None:
        """Check that a value counts as false in the language."""

    @function(local=True, aliases=("is_null", "is_none"))
    def is_nil(self, value: object, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""

    @function(local=True, aliases=("not_null", "not_none"))
    def not_nil(self, value: object, message: str | None = None) -> None:
        """Check that there is a value."""

    @function(local=True, aliases=("is_type",))
    def type(self, value: object, name: object, message: str | None = None) -> None:
        """Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.

        `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
        """

    @function(local=True)
    def contains(self, whole: object, part: object, message: str | None = None) -> None:
        """Check that a text has a text in it, a list an equal item, a map a key."""

    @function(local=True)
    def not_contains(self, whole: object, part: object, message: str | None = None) -> None:
        """Check that it does not."""

    @function(local=True)
    def matches(self, text: str, pattern: object, message: str | None = None) -> None:
        """Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`."""

    @function(local=True, aliases=("greater",))
    def greater_than(self, value: object, bound: object, message: str | None = None) -> None:
        """Check that a number or text is greater than another."""

    @function(local=True)
    def at_least(self, value: object, bound: object, message: str | None = None) -> None:
        """Check that a number or text is greater than another or equal."""

    @function(local=True, aliases=("less",))
    def less_than(self, value: object, bound: object, message: str | None = None) -> None:
        """Check that a number or text is less than another."""

    @function(local=True)
    def at_most(self, value: object, bound: object, message: str | None = None) -> None:
        """Check that a number or text is less than another or equal."""

    @function(local=True, aliases=("near",))
    def close_to(self, value: float, expected: float, tolerance: float = 1e-6, message: str | None = None) -> None:
        """Check that a number is at most `tolerance` away from another."""

    @function(local=True, aliases=("has_length",))
    def length(self, value: object, expected: int, message: str | None = None) -> None:
        """Check how many items or keys there are, or how long a text is as the language counts it."""

    @function(local=True, aliases=("raises", "error"))
    def throws(self, work: object, expected: object = None, message: str | None = None) -> object:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """

    @function(local=True)
    def fail(self, message: str = "the test failed") -> None:
        """Fail."""


class Assert(Assertions, Namespace):
    """What a test says about values; also `assert` of the testing module, and `t:assert_equals(...)` in a test."""

    name = "Assert"


class Asserting(Assertions, Handle):
    """A handle that has every assertion as a method: `assert_equals`, `assert_contains`, ..."""

    @classmethod
    def functions(cls) -> dict[str, Function]:
        """Give the functions by name, the assertions with their prefix."""
        theirs = Assertions.functions()
        own = {name: about for name, about in super().functions().items() if name not in theirs}
        return {**own, **{PREFIX + name: _prefixed(about) for name, about in theirs.items()}}


def _prefixed(about: Function) -> Function:
    bare = (about.name.removeprefix("is_"),) if about.name.startswith("is_") else ()  # words that Lua keeps to itself
    aliases = tuple(PREFIX + one for one in (*bare, *about.aliases))
    return Function(PREFIX + about.name, about.method, aliases, local=True, post=False, hidden=False)
