"""Every error: its code, its name in scripts, its exit status, and its way across the wire and back."""

from __future__ import annotations

import json

import pytest

from llmspell import errors
from llmspell.bridge.faults import from_wire, to_wire
from llmspell.errors import ExitCode, LlmspellError, error_types

TYPES = [kind for kind in error_types() if kind is not LlmspellError]  # the root is never raised itself
STATUSES = {value for value in vars(ExitCode).values() if isinstance(value, int)}
RANGES = {
    "AgentError": 1, "ToolError": 2, "WorkflowError": 3, "ScriptError": 4, "HookError": 5, "SystemFailure": 6,
    "ProviderError": 7, "PluginError": 8,
}  # fmt: skip
FIXED = {
    "AgentNotFoundError": 1001,
    "ValidationError": 2002,
    "PermissionDeniedError": 2006,
    "UncertainOutcomeError": 3101,
    "NonDeterminismError": 3102,
    "ScriptSyntaxError": 4001,
    "ConfigError": 6001,
}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
class TestError:
    def test_error_has_a_code_of_its_range(self, kind: type[LlmspellError]) -> None:
        bases = [RANGES[base.__name__] for base in kind.__mro__ if base.__name__ in RANGES]
        if bases:
            assert kind.code // 1000 == bases[0]
        assert kind.code == FIXED.get(kind.__name__, kind.code)

    def test_error_has_a_name_without_suffix(self, kind: type[LlmspellError]) -> None:
        assert kind.type
        assert not kind.type.endswith("_error")
        assert kind.type == kind.type.lower()

    def test_error_ends_in_a_documented_status(self, kind: type[LlmspellError]) -> None:
        assert kind.exit_code in STATUSES

    def test_error_is_json_data(self, kind: type[LlmspellError]) -> None:
        told = kind("it broke", suggestions=["mend it"]).to_dict()
        assert json.loads(json.dumps(told))["message"] == "it broke"
        assert told["suggestions"] == ["mend it"]

    def test_error_comes_back_from_a_script_as_it_was(self, kind: type[LlmspellError]) -> None:
        given = kind("it broke", suggestions=["mend it"])
        back = from_wire(to_wire(given))
        assert type(back) is kind
        assert (back.code, back.type, back.exit_code) == (kind.code, kind.type, kind.exit_code)
        assert (back.message, back.suggestions) == ("it broke", ("mend it",))

    def test_error_is_public(self, kind: type[LlmspellError]) -> None:
        assert kind.__name__ in errors.__all__
        assert (kind.__doc__ or "").strip()


def test_only_families_share_a_code() -> None:
    by_code: dict[int, set[type[LlmspellError]]] = {}
    for kind in TYPES:
        by_code.setdefault(kind.code, set()).add(kind)
    for code, kinds in by_code.items():
        roots = [kind for kind in kinds if all(issubclass(other, kind) for other in kinds)]
        assert roots, f"{code} is shared by strangers: {kinds}"


def test_a_retryable_error_is_recoverable() -> None:
    made = errors.ToolExecutionError("busy", retryable=True, retry_after=2.0)
    assert (made.retryable, made.recoverable, made.retry_after) == (True, True, 2.0)
    assert not errors.ToolExecutionError("broken").retryable
