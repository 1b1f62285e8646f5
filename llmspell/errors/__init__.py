"""Every error llmspell raises, with its numeric code.

The codes 1001-6010 are fixed by the source documents; codes of our own start at x101 of each range, providers and
protocols take 7xxx, plugins 8xxx. `type` is the name a script compares with (no `_error` suffix); `exit_code` is
what the shell sees.

    LlmspellError
    |-- AgentError            1xxx  AgentNotFoundError, AgentExecutionError, AgentConfigError, AgentTimeoutError,
    LimitReachedError, ...
    |-- ToolError             2xxx  ToolNotFoundError, ValidationError, ToolExecutionError, PermissionDeniedError,
    ToolTimeoutError, ...
    |-- WorkflowError         3xxx  UncertainOutcomeError, NonDeterminismError
    |-- ScriptError           4xxx  ScriptSyntaxError, ScriptRuntimeError, ScriptTimeoutError, ScriptMemoryError, ...
    |-- HookError             5xxx  HookNotFoundError, HookFailedError, HookTimeoutError, RefusedError,
    SubscriptionError, ...
    |-- SystemFailure         6xxx  ConfigError, StorageError, NetworkError, ResourceExhaustedError, InternalError,
    StateConflictError, StateMigrationError, SessionError, SessionNotFoundError, ...
    |-- ProviderError         7xxx  AuthenticationError, RateLimitError, OverloadedError, ContextLengthError,
    StreamInterruptedError, ... `-- PluginError           8xxx  ComponentUnavailableError, ComponentNotFoundError,
    NameClashError, PluginLoadError, ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors.components import (
    AgentConfigError,
    AgentDepthError,
    AgentError,
    AgentExecutionError,
    AgentNotFoundError,
    AgentTimeoutError,
    ApprovalExpiredError,
    ApprovalRequiredError,
    CollaborationError,
    GuardrailError,
    HandoffError,
    HookDependencyError,
    HookError,
    HookFailedError,
    HookNotFoundError,
    HookPriorityError,
    HookTimeoutError,
    LimitReachedError,
    NonDeterminismError,
    OutputMismatchError,
    PermissionDeniedError,
    RefusedError,
    RepeatedCallError,
    ResourceUnavailableError,
    RunStateError,
    SchemaError,
    SubjectBlockedError,
    SubscriptionError,
    ToolError,
    ToolExecutionError,
    ToolNotFoundError,
    ToolTimeoutError,
    UncertainOutcomeError,
    ValidationError,
    WorkflowError,
)
from llmspell.errors.platform import (
    AuthenticationError,
    BadRequestError,
    CapabilityMissingError,
    CircuitOpenError,
    ComponentNotFoundError,
    ComponentUnavailableError,
    ConfigError,
    ContentFilterError,
    ContextLengthError,
    EmbeddingMismatchError,
    InternalError,
    ModelNotFoundError,
    NameClashError,
    NetworkError,
    OverloadedError,
    PluginError,
    PluginLoadError,
    ProviderError,
    RateLimitError,
    ResourceExhaustedError,
    ScriptedModelError,
    SessionError,
    SessionNotFoundError,
    StateConflictError,
    StateMigrationError,
    StorageConflictError,
    StorageError,
    StorageFullError,
    StorageLimitError,
    StorageUnsupportedError,
    StreamInterruptedError,
    SystemFailure,
    UnreachableError,
    UsageError,
)
from llmspell.errors.root import (
    ExitCode,
    LlmspellError,
)
from llmspell.errors.scripts import (
    ApiUnavailableError,
    AssertionFailedError,
    ConversionError,
    ScriptError,
    ScriptMemoryError,
    ScriptResourceError,
    ScriptRuntimeError,
    ScriptSecurityError,
    ScriptSyntaxError,
    ScriptTimeoutError,
    SkippedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AgentConfigError",
    "AgentDepthError",
    "AgentError",
    "AgentExecutionError",
    "AgentNotFoundError",
    "AgentTimeoutError",
    "ApiUnavailableError",
    "ApprovalExpiredError",
    "ApprovalRequiredError",
    "AssertionFailedError",
    "AuthenticationError",
    "BadRequestError",
    "CapabilityMissingError",
    "CircuitOpenError",
    "CollaborationError",
    "ComponentNotFoundError",
    "ComponentUnavailableError",
    "ConfigError",
    "ContentFilterError",
    "ContextLengthError",
    "ConversionError",
    "EmbeddingMismatchError",
    "ExitCode",
    "GuardrailError",
    "HandoffError",
    "HookDependencyError",
    "HookError",
    "HookFailedError",
    "HookNotFoundError",
    "HookPriorityError",
    "HookTimeoutError",
    "InternalError",
    "LimitReachedError",
    "LlmspellError",
    "ModelNotFoundError",
    "NameClashError",
    "NetworkError",
    "NonDeterminismError",
    "OutputMismatchError",
    "OverloadedError",
    "PermissionDeniedError",
    "PluginError",
    "PluginLoadError",
    "ProviderError",
    "RateLimitError",
    "RefusedError",
    "RepeatedCallError",
    "ResourceExhaustedError",
    "ResourceUnavailableError",
    "RunStateError",
    "SchemaError",
    "ScriptError",
    "ScriptMemoryError",
    "ScriptResourceError",
    "ScriptRuntimeError",
    "ScriptSecurityError",
    "ScriptSyntaxError",
    "ScriptTimeoutError",
    "ScriptedModelError",
    "SessionError",
    "SessionNotFoundError",
    "SkippedError",
    "StateConflictError",
    "StateMigrationError",
    "StorageConflictError",
    "StorageError",
    "StorageFullError",
    "StorageLimitError",
    "StorageUnsupportedError",
    "StreamInterruptedError",
    "SubjectBlockedError",
    "SubscriptionError",
    "SystemFailure",
    "ToolError",
    "ToolExecutionError",
    "ToolNotFoundError",
    "ToolTimeoutError",
    "UncertainOutcomeError",
    "UnreachableError",
    "UsageError",
    "ValidationError",
    "WorkflowError",
    "error_types",
]


def error_types() -> Iterator[type[LlmspellError]]:
    """Yield every class of the tree, parents first."""
    waiting: list[type[LlmspellError]] = [LlmspellError]
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting.extend(one.__subclasses__())
