"""Masking of data and of errors, and of events before anybody hears them."""

from __future__ import annotations

import traceback
from typing import Any

from llmspell.errors import ToolExecutionError
from llmspell.services.events import EventBus
from llmspell.services.secret_masks import mask_data, mask_error
from llmspell.services.secrets import SecretService
from llmspell.spec.secrets import SecretRef

VALUE = "very-secret"


def mask(text: str) -> str:
    return text.replace(VALUE, "***")


def test_data_without_a_secret_is_given_back_itself():
    data = {"a": [1, None, True, {"b": ("c", 2.5)}], "d": object()}
    assert mask_data(data, mask) is data


def test_data_with_one_is_made_anew_where_it_is():
    kept = {"e": 1}
    data: dict[str, Any] = {"a": [VALUE, {"b": ("c", f"x{VALUE}")}], VALUE: kept}
    masked = mask_data(data, mask)
    assert masked == {"a": ["***", {"b": ("c", "x***")}], "***": kept}
    assert masked["***"] is kept
    assert data["a"][0] == VALUE


def test_what_holds_itself_comes_to_an_end():
    data: dict[str, object] = {"is": VALUE}
    data["again"] = data
    assert mask_data(data, mask)["is"] == "***"


def test_an_error_is_masked_with_all_that_caused_it():
    try:
        try:
            raise KeyError(VALUE)
        except KeyError as cause:
            raise ToolExecutionError(f"a {VALUE}", suggestions=[VALUE], context={"is": [VALUE]}) from cause
    except ToolExecutionError as error:
        error.add_note(VALUE)
        error.where = error.stack = VALUE
        group = ExceptionGroup("several", [ValueError(f"an {VALUE}"), error])
    mask_error(group, mask)
    assert VALUE not in "".join(traceback.format_exception(group))
    inner = group.exceptions[1]
    assert isinstance(inner, ToolExecutionError)
    assert inner.to_dict()["context"] == {"is": ["***"]}
    assert (inner.where, inner.stack, inner.suggestions) == ("***", "***", ("***",))


def test_a_circle_of_causes_comes_to_an_end():
    first, second = ValueError(VALUE), ValueError(VALUE)
    first.__context__, second.__context__ = second, first
    mask_error(first, mask)
    assert (str(first), str(second)) == ("***", "***")


def test_the_quick_mask_follows_what_is_declared_added_and_used():
    environment = {"ODD": "odd-value"}
    secrets = SecretService(environment)
    assert secrets.quick() is None
    secrets.declare("ODD")
    quick = secrets.quick()
    assert quick is not None
    assert quick("odd-value") == "<secret ODD>"
    assert secrets.quick() is quick
    environment["ODD"] = "another-value"
    secrets.resolve(SecretRef("ODD", host="x"), "x")
    quick = secrets.quick()
    assert quick is not None
    assert quick("another-value") == "<secret ODD>"


def test_events_are_masked_once_before_they_are_told():
    bus, seen = EventBus(), []
    masked: list[object] = []

    def once(data):
        masked.append(data)
        return mask_data(data, mask)

    bus.mask = once
    bus.emit_nowait("progress", {"is": VALUE})
    assert masked == []  # nobody listens
    for _ in range(2):
        bus.subscribe("progress", lambda event: seen.append(event.data))
    bus.emit_nowait("progress", {"is": VALUE})
    bus.emit_nowait("progress", {})
    assert seen == [{"is": "***"}, {"is": "***"}, {}, {}]
    assert len(masked) == 1
