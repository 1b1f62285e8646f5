from __future__ import annotations

import datetime as dt
import math

import pytest

from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Handle, Stream
from llmspell.bridge.values import Crossing, decode, encode
from llmspell.errors import ConversionError


class Thing(Handle):
    kind = "thing"

    def fields(self) -> dict[str, object]:
        return {"name": "n"}


THING = Thing(None)  # type: ignore[arg-type]  # no session is needed to cross


def crossing(*, wide: bool = True) -> Crossing:
    return Crossing(
        handle=lambda _kind, _number: THING,
        callback=lambda number: Callback(None, number),  # type: ignore[arg-type]
        put=lambda handle: (handle.kind, 7),
        function=lambda callback: {"$fn": callback.number},
        open_stream=lambda _: 3,
        wide=wide,
    )


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1.5, 1.0, "", "a\0b", "é🙂",
        [], {}, [1, None, [2]], {"a": {"b": []}},
        {"1": 1, "__proto__": 2, "constructor": 3, "ключ": 4}, {"$h": ["agent", 1]}, {"$$x": 1, "$": 2},
        b"\xff\x00",
        2**70, -(2**70), dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_went(value: object) -> None:
    sent = encode(value, crossing())
    back = decode(sent, crossing())
    assert back == value
    assert type(back) is type(value)


def test_a_user_key_with_a_dollar_is_never_a_form() -> None:
    assert encode({"$fn": 1}, crossing()) == {"$$fn": 1}


def test_integers_beyond_2_53_are_digits_for_a_guest_without_them() -> None:
    assert encode(2**53, crossing(wide=False)) == 2**53
    assert encode(2**53 + 1, crossing(wide=False)) == {"$i": str(2**53 + 1)}


def test_a_handle_carries_its_fields() -> None:
    assert encode({"a": THING}, crossing()) == {"a": {"$h": ["thing", 7], "$v": {"name": "n"}}}
    assert decode({"$h": ["thing", 7]}, crossing()) is THING


def test_functions_and_streams_have_numbers() -> None:
    function = decode({"$fn": 4}, crossing())
    assert isinstance(function, Callback)
    assert encode(function, crossing()) == {"$fn": 4}
    assert encode(Stream(None), crossing()) == {"$s": 3}  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_cannot_say_are_refused_by_path(value: float) -> None:
    with pytest.raises(ConversionError, match=r"value\.a\[2\] is"):
        encode({"a": [1, value]}, crossing())


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ConversionError, match="contains itself"):
        encode(loop, crossing())


def test_what_is_no_data_is_refused_by_path() -> None:
    with pytest.raises(ConversionError, match=r"value\.x cannot cross to a script: it is object"):
        encode({"x": object()}, crossing())
    with pytest.raises(ConversionError, match="keys are text"):
        encode({(1, 2): 1}, crossing())


@pytest.mark.parametrize(
    "form", [{"$h": 1}, {"$h": ["a"]}, {"$fn": "x"}, {"$b": "%"}, {"$d": "soon"}, {"$i": "x"}, {"$what": 1}]
)
def test_a_broken_form_is_refused(form: dict[str, object]) -> None:
    with pytest.raises(ConversionError, match=r"argument 1\.a"):
        decode({"a": form}, crossing(), "argument 1")


@pytest.mark.parametrize("value", ["\ud800", ["a", "é\udc00"], {"k": {"\ud83d": 1}}])
def test_text_that_is_no_unicode_is_refused_in_both_directions(value: object) -> None:
    for convert in (encode, decode):
        with pytest.raises(ConversionError, match="half a surrogate pair"):
            convert(value, crossing())
