from __future__ import annotations

from typing import Annotated, Literal

import pytest

from llmspell.bridge.binder import Binder
from llmspell.bridge.callbacks import Callback  # noqa: TC001 - named by an annotation the binder reads
from llmspell.bridge.definition import Duration, Milliseconds, Namespace, Options, Size, function
from llmspell.errors import ValidationError


class Inner(Options):
    deep: Annotated[int, "a number"]


class Sample(Options):
    positional = "name"

    name: Annotated[str, "a name"]
    max_tokens: Annotated[int | None, "a number"] = None
    timeout: Annotated[Duration | None, "a duration"] = None
    inner: Annotated[Inner | None, "more"] = None
    mode: Annotated[Literal["one", "two_three"], "a choice"] = "one"
    tools: Annotated[list[str | Inner], "several"] = []  # noqa: RUF012


class Things(Namespace):
    name = "Things"

    @function()
    def all_of(self, options: Sample) -> None: ...

    @function()
    def plain(self, a: str, b: int = 1, c: list[str] | None = None) -> None: ...

    @function()
    def units(self, one: Duration, two: Milliseconds, three: Size) -> None: ...

    @function()
    def either(self, one: str | Callback | dict[str, int]) -> None: ...

    @function()
    def rest(self, *values: object) -> None: ...

    @function()
    def with_ctx(self, a: str, ctx: Unknown) -> None: ...  # type: ignore[name-defined]  # noqa: F821 - never evaluated


def bind(method: str, *arguments: object, bare: str = "s") -> list[object]:
    return Binder(f"Things.{method}", Things, getattr(Things, method)).bind(arguments, bare)


def faults(method: str, *arguments: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        bind(method, *arguments)
    return [(one["path"], one["message"]) for one in caught.value.context["faults"]]  # type: ignore[attr-defined]


def test_both_spellings_of_a_key_are_one_option() -> None:
    for key in ("max_tokens", "maxTokens"):
        (options,) = bind("all_of", {"name": "x", key: 5})
        assert options.given() == {"name": "x", "max_tokens": 5}  # type: ignore[attr-defined]


def test_a_key_given_in_both_spellings_is_a_fault() -> None:
    assert faults("all_of", {"name": "x", "max_tokens": 5, "maxTokens": 6}) == [
        ("options.maxTokens", "is given twice, as 'max_tokens' too")
    ]


def test_an_unknown_option_names_the_nearest() -> None:
    assert faults("all_of", {"name": "x", "max_token": 5}) == [
        ("options.max_token", "is no option; did you mean 'max_tokens'?")
    ]


def test_all_faults_are_told_at_once() -> None:
    found = faults("all_of", {"maxTokens": "many", "inner": {"deep": 1.5}, "mode": "three"})
    assert found == [
        ("options.maxTokens", "must be a whole number, got text"),
        ("options.inner.deep", "must be a whole number, got a number"),
        ("options.mode", "must be 'one' or 'two_three', got text"),
        ("options.name", "is required"),
    ]


def test_a_bare_value_stands_for_the_positional_option() -> None:
    (options,) = bind("all_of", "x")
    assert options.name == "x"  # type: ignore[attr-defined]


def test_choices_are_read_in_both_spellings() -> None:
    (options,) = bind("all_of", {"name": "x", "mode": "twoThree"})
    assert options.mode == "two_three"  # type: ignore[attr-defined]


def test_a_list_of_alternatives_reports_inside_the_one_that_was_meant() -> None:
    assert faults("all_of", {"name": "x", "tools": ["a", {"deeep": 1}]}) == [
        ("options.tools[2].deeep", "is no option; did you mean 'deep'?"),
        ("options.tools[2].deep", "is required"),
    ]


def test_missing_wrong_and_surplus_arguments() -> None:
    assert faults("plain") == [("a", "is required")]
    assert faults("plain", None) == [("a", "must be text, got nothing")]
    assert faults("plain", "x", 1, [], "y") == [("arguments", "are too many: takes 3, got 4")]
    assert faults("plain", "x", True) == [("b", "must be a whole number, got a truth value")]


def test_trailing_nothing_is_an_argument_left_out() -> None:
    assert bind("plain", "x", None, None, None) == ["x", 1, None]


def test_an_empty_lua_table_is_a_list_where_a_list_is_wanted() -> None:
    assert bind("plain", "x", 2.0, {}) == ["x", 2, []]
    assert faults("plain", "x", 1, {"a": 1}) == [("c", "must be a list, got a map")]


def test_bare_durations_are_read_in_the_languages_unit() -> None:
    assert bind("units", 2, 500, "10MB") == [2, 0.5, 10 * 1024 * 1024]
    assert bind("units", 2000, 500, 1024, bare="ms") == [2.0, 0.5, 1024]
    assert bind("units", "1m", "2s", 5) == [60.0, 2.0, 5]
    assert [path for path, _ in faults("units", "soon", -1, "much")] == ["one", "two", "three"]
    assert [path for path, _ in faults("units", {}, True, [])] == ["one", "two", "three"]


def test_alternatives_say_what_is_accepted() -> None:
    assert bind("either", "x") == ["x"]
    assert faults("either", 5) == [("one", "must be text or a function or a map, got a number")]
    assert faults("either", {"a": "b"}) == [("one.a", "must be a whole number, got text")]


def test_any_number_of_values() -> None:
    assert bind("rest", 1, None, "x") == [1, None, "x"]


def test_the_context_is_not_an_argument_of_the_script() -> None:
    binder = Binder("Things.with_ctx", Things, Things.with_ctx)
    assert binder.wants_ctx
    assert [one.name for one in binder.parameters] == ["a"]
