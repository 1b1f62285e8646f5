from __future__ import annotations

import pytest

from llmspell.bridge.faults import from_wire, to_wire
from llmspell.errors import (
    ConfigError,
    InternalError,
    LlmspellError,
    RateLimitError,
    ScriptRuntimeError,
    ToolTimeoutError,
    ValidationError,
    error_types,
)

KINDS = {kind.__name__: kind for kind in error_types()}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_error_keeps_its_class_across_the_bridge(kind: type[LlmspellError]) -> None:
    error = LlmspellError.__new__(kind)
    LlmspellError.__init__(
        error, "what", suggestions=["do"], context={"a": 1}, where="x.lua:3", trace_id="t", retry_after=2
    )
    back = from_wire(to_wire(error))
    assert (back.type, back.code) == (kind.type, kind.code)
    assert {**back.to_dict()} == {**error.to_dict()}


def test_a_config_error_crosses_with_its_faults() -> None:
    back = from_wire(to_wire(ConfigError("wrong", faults=[("a.b", "must be text")])))
    assert isinstance(back, ConfigError)
    assert back.context == {"faults": [{"path": "a.b", "message": "must be text"}]}


def test_an_exception_of_python_shows_no_frame_and_no_text_of_its_own() -> None:
    try:
        open("/nowhere/secret.txt")  # noqa: SIM115
    except OSError as error:
        told = to_wire(error)
    assert told["type"] == "internal"
    assert told["message"] == "llmspell met an internal error (FileNotFoundError)"
    assert "nowhere" not in str(told)
    assert "py" not in str(told["stack"])


def test_the_cause_of_an_internal_error_is_kept_in_the_kernel() -> None:
    from llmspell.bridge.faults import as_llmspell_error

    cause = ValueError("x")
    wrapped = as_llmspell_error(cause)
    assert isinstance(wrapped, InternalError)
    assert wrapped.__cause__ is cause


@pytest.mark.parametrize("name", ["rate_limit", "rate_limit_error"])
def test_a_script_may_raise_by_type(name: str) -> None:
    assert isinstance(from_wire({"type": name, "message": "slow down", "retry_after": 3}), RateLimitError)


def test_two_errors_of_one_type_are_told_apart_by_code() -> None:
    assert isinstance(from_wire({"type": "timeout", "code": ToolTimeoutError.code, "message": "m"}), ToolTimeoutError)


def test_an_error_of_the_scripts_own_keeps_its_fields_and_value() -> None:
    error = from_wire(
        {"type": "no_luck", "message": "bad dice", "value": {"dice": 1}, "where": "a.lua:2", "stack": "in f"}
    )
    assert isinstance(error, ScriptRuntimeError)
    assert (error.type, error.where, error.stack) == ("no_luck", "a.lua:2", "in f")
    again = to_wire(error)
    assert again["value"] == {"dice": 1}
    assert again["type"] == "no_luck"
    assert ScriptRuntimeError.type == "runtime"


@pytest.mark.parametrize(
    "thrown", [None, "text", 5, [], {}, {"message": None}, {"type": 3, "message": 4, "suggestions": "x"}]
)
def test_anything_thrown_becomes_an_error(thrown: object) -> None:
    assert isinstance(from_wire(thrown), LlmspellError)


def test_a_validation_error_of_a_script_is_one_here() -> None:
    assert isinstance(from_wire({"type": "validation_error", "message": "m"}), ValidationError)
