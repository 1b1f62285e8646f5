from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell.services.regex import RegexService
from llmspell_tools_utilities.text_case import CASE, Decode, Encode, words_of
from llmspell_tools_utilities.text_manipulator import ALIASES, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell_tools_utilities.text_operation import Operation

    Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("text", "operations", "expected"),
    [
        ("  a  ", ["trim"], "a"),
        ("xxaxx", [{"trim": "x"}], "a"),
        ("  a  ", ["trimStart", {"suffix": "|"}], "a  |"),
        ("  a  ", ["trim_end", {"prefix": "|"}], "|  a"),
        (" a \n\t b ", ["collapse"], "a b"),
        ("Straße", ["upper"], "STRASSE"),
        ("they're over-used", ["title"], "They're Over-used"),
        ("hELLO World", ["capitalize"], "Hello world"),
        ("parseHTTPResponse_now", ["camelCase"], "parseHttpResponseNow"),
        ("parseHTTPResponse now", ["snake"], "parse_http_response_now"),
        ("some-kebab case", ["PascalCase"], "SomeKebabCase"),
        ("someThing", ["kebab"], "some-thing"),
        ("someThing", ["constant"], "SOME_THING"),
        ("Crème Brûlée", ["stripAccents"], "Creme Brulee"),
        ("e\u0301", [{"normalize": "NFC"}], "\u00e9"),
        ("abc", [{"slice": {"start": 1}}], "bc"),
        ("abcdef", [{"slice": {"start": -3, "end": -1}}], "de"),
        ("hello world", [{"truncate": 8}], "hello..."),
        ("hello wide world", [{"truncate": {"length": 14, "words": True}}], "hello wide..."),
        ("hello", [{"truncate": 5}], "hello"),
        ("a\nb", [{"take": 1}, {"repeat": 1}, {"upper": True}], "A"),
        ("7", [{"padStart": {"width": 3, "fill": "0"}}], "007"),
        ("7", [{"pad": {"width": 4, "fill": "ab"}}], "7aba"),
        ("ab", [{"repeat": {"count": 2, "separator": "-"}}], "ab-ab"),
        ("the quick brown fox", [{"wrap": 10}], "the quick\nbrown fox"),
        ("a\n\nb", [{"indent": "> "}], "> a\n\n> b"),
        ("  a\n    b", ["dedent"], "a\n  b"),
        ("abc", ["reverse"], "cba"),
        ("b\na\nb", ["sort"], "a\nb\nb"),
        ("x10\nx9\nx", [{"sort": {"numeric": True}}], "x9\nx10\nx"),
        ("B\na\nC", [{"sort": {"ignoreCase": True, "reverse": True}}], "C\nB\na"),
        ("a\nA\na", [{"unique": {"ignoreCase": True}}], "a"),
        ("a\n\nb", ["removeEmpty", {"number": {"separator": ") "}}], "1) a\n2) b"),
        ("a\nb\nc", [{"take": -2}], "b\nc"),
        ("a,b;c", [{"split": {"separator": "[,;]", "regex": True}}, "upper", {"join": "|"}], "A|B|C"),
        ("a,b,c", [{"split": {"separator": ",", "limit": 2}}, {"join": "|"}], "a|b,c"),
        ("a1b22c", [{"split": {"separator": "\\d+", "regex": True, "limit": 2}}, {"join": "|"}], "a|b22c"),
        ("aXbxc", [{"replace": {"pattern": "x", "replacement": "-", "flags": "gi"}}], "a-b-c"),
        ("aXbxc", [{"replace": {"pattern": "x", "replacement": "-", "flags": "i"}}], "a-bxc"),
        ("a.b.c", [{"replace": {"pattern": ".", "replacement": "$1", "regex": False}}], "a$1b$1c"),
        (
            "John Smith",
            [{"replace": {"pattern": r"(\w+) (\w+)", "replacement": "$2, $1 [$&] $$ $9"}}],
            "Smith, John [John Smith] $ $9",
        ),
        ("k=v", [{"replace": {"pattern": r"(?P<key>\w)=(?P<val>\w)", "replacement": "$<val>=\\g<key>"}}], "v=k"),
        ("aaa", [{"replace": {"pattern": "x*", "replacement": "-"}}], "-a-a-a-"),
        ("a1b2", [{"remove": "\\d"}], "ab"),
        ("a b [c]#", [{"replace": {"pattern": "b [c]#", "replacement": "", "regex": False}}], "a "),
        ("one\ntwo\nthree", [{"filter": "^t"}], "two\nthree"),
        ("one\ntwo", [{"filter": {"pattern": "o$", "invert": True}}], "one"),
        ("é", [{"encode": "base64"}], "w6k="),
        ("w6k=", [{"decode": "base64"}], "é"),
        ("<a>", ["escapeHtml", "unescape_html"], "<a>"),
        ("a", [{"op": "replace", "pattern": "a", "replacement": "b"}], "b"),
    ],
)
async def test_text_operations(call: Call, text: str, operations: list[Any], expected: str) -> None:
    result = await call("text_manipulator", text=text, operations=operations)
    assert result["text"] == expected


@pytest.mark.parametrize(
    ("operation", "value", "kind"),
    [
        ({"extract": {"pattern": "\\w=(\\d)", "group": 1}}, ["1", "2"], "list"),
        ({"extract": {"pattern": "\\d", "flags": ""}}, "1", "text"),
        ({"extract": {"pattern": "z", "flags": ""}}, None, "null"),
        ({"extract": "z"}, [], "list"),
        ({"test": "b=\\d"}, True, "boolean"),
        ({"count": "[ab]"}, 2, "number"),
        ({"count": "lines"}, 1, "number"),
        ("length", 7, "number"),
        ("words", ["a=1", "b=2"], "list"),
        ("chars", list("a=1 b=2"), "list"),
    ],
)
async def test_results_that_are_no_text(call: Call, operation: Any, value: Any, kind: str) -> None:
    result = await call("text_manipulator", text="a=1 b=2", operations=[operation])
    assert (result["value"], result["type"]) == (value, kind)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("lenght", "length"),
        ({"trim": {}, "upper": {}}, "one name"),
        ({"replace": {"patern": "x"}}, "did you mean 'pattern'"),
        ({"replace": {"pattern": "(?=x)"}}, "regular expression"),
        ({"replace": {"pattern": "x", "flags": "q"}}, "flag"),
        ({"extract": {"pattern": "x", "group": 3}}, "group"),
        ({"upper": 3}, "no options"),
        ({"pad": {"width": 10**12}}, "at most"),
        ({"decode": "base64"}, "base64"),
        ({"encode": "base63"}, "one of"),
    ],
)
async def test_wrong_operations_name_their_place(call: Call, operation: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await call("text_manipulator", text="xx!", operations=["trim", operation])
    assert words in f"{caught.value} {caught.value.suggestions}"


@pytest.mark.parametrize(
    "operation", [{"repeat": 50_000_000}, {"replace": {"pattern": "", "replacement": "x" * 10_000}}]
)
async def test_growth_is_limited(call: Call, operation: Any) -> None:
    with pytest.raises(ResourceExhaustedError):
        await call("text_manipulator", text="abc" * 10_000, operations=[operation])


async def test_patterns_take_linear_time(call: Call) -> None:
    result = await call("text_manipulator", text="a" * 100_000 + "!", operations=[{"test": "^(a+)+$"}])
    assert result["value"] is False


def test_every_alias_leads_to_an_operation() -> None:
    assert set(ALIASES.values()) <= set(OPERATIONS)
    assert not set(ALIASES) & set(OPERATIONS)


def _apply(operation: Operation, text: str) -> Any:
    return operation.apply(text, RegexService())


@given(st.text())
def test_identifier_cases_agree_on_words_and_are_stable(text: str) -> None:
    snake = _apply(CASE["snake"](), text)
    assert _apply(CASE["snake"](), snake) == snake
    assert _apply(CASE["kebab"](), text) == snake.replace("_", "-")
    assert "".join(words_of(text)) in text or words_of(text)


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["base64", "base64url", "base32", "hex", "base85", "url", "html", "json", "rot13"]),
)
def test_encode_and_decode_are_inverse(text: str, name: str) -> None:
    encoded = _apply(Encode(format=name), text)  # type: ignore[arg-type]
    assert _apply(Decode(format=name), encoded) == text  # type: ignore[arg-type]
