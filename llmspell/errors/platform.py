"""Errors of the system (6xxx), providers (7xxx) and plugins (8xxx)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors.root import ExitCode, LlmspellError

if TYPE_CHECKING:
    from collections.abc import Iterable


class SystemFailure(LlmspellError):  # noqa: N818 - `SystemError` is Python's own
    """Say that something below the components failed."""

    code = 6009
    type = "system"


class ConfigError(SystemFailure):
    """Say every fault of a configuration at once; `faults` holds (path, sentence) pairs."""

    code = 6001
    type = "configuration"
    exit_code = ExitCode.CONFIG

    def __init__(
        self, message: str, *, faults: Iterable[tuple[str, str]] = (), suggestions: Iterable[str] = ()
    ) -> None:
        listed = [{"path": path, "message": sentence} for path, sentence in faults]
        super().__init__(message, suggestions=suggestions, context={"faults": listed})

    @property
    def faults(self) -> tuple[tuple[str, str], ...]:
        """Give each fault as its path and a sentence."""
        listed = cast("Iterable[dict[str, str]]", self.context["faults"])
        return tuple((one["path"], one["message"]) for one in listed)


class StorageError(SystemFailure):
    """Say that a store could not read or write."""

    code = 6002
    type = "storage"


class StorageConflictError(StorageError):
    """Say that a condition of a transaction does not hold; nothing was changed, and `context["key"]` names the key."""

    code = 6102
    type = "storage_conflict"
    recoverable = True


class StorageFullError(StorageError):
    """Say that a store has no room: its size limit is reached, or the disk or memory below it is full."""

    code = 6103
    type = "storage_full"
    recoverable = True


class StorageLimitError(StorageError):
    """Say that a key or a value is larger than the store takes; `context` tells its size and the limit in bytes."""

    code = 6104
    type = "storage_limit"


class StorageUnsupportedError(StorageError):
    """Say that a store lacks a capability; `context["capability"]` names it."""

    code = 6105
    type = "storage_unsupported"


class NetworkError(SystemFailure):
    """Say that a host could not be reached or a connection broke."""

    code = 6003
    type = "network"
    recoverable = True
    retryable = True


class ResourceExhaustedError(SystemFailure):
    """Say that a bounded resource (queue, bytes, time) is used up."""

    code = 6007
    type = "resource_exhausted"
    exit_code = ExitCode.LIMIT


class InternalError(SystemFailure):
    """Say that llmspell itself has a fault; the cause is chained."""

    code = 6009
    type = "internal"


class StateConflictError(SystemFailure):
    """Say that a value of the state has another version than the writer expected; `context["keys"]` has both."""

    code = 6106
    type = "state_conflict"
    recoverable = True


class StateMigrationError(SystemFailure):
    """Say why a state was not brought to another version of its schema, or not brought back; it is as it was."""

    code = 6107
    type = "state_migration"


class SessionError(SystemFailure):
    """Say that a session cannot be used as it is: it is suspended or has expired, or a run has none."""

    code = 6108
    type = "session"


class SessionNotFoundError(SessionError):
    """Say that there is no session with this id or name."""

    code = 6109
    type = "session_not_found"


class EmbeddingMismatchError(StorageError):
    """Say that vectors cannot be compared with those that are kept: another model made them, or they are longer."""

    code = 6110
    type = "embedding_mismatch"
    recoverable = True


class StorageQuotaError(StorageError):
    """Say that a namespace of the store holds all it may; `context` tells which, what it would hold, and the limit."""

    code = 6111
    type = "storage_quota"
    exit_code = ExitCode.LIMIT
    recoverable = True


class AuditError(SystemFailure):
    """Say that the audit log cannot be written or read; where one is required, nothing happened."""

    code = 6120
    type = "audit"


class EncryptionError(StorageError):
    """Say that what a store holds is not what was encrypted there, or that the store is not encrypted as it should be.

    `context["key"]` names the record, where there is one.
    """

    code = 6121
    type = "encryption"


class EncryptionKeyError(EncryptionError):
    """Say that a key is lost or is another one; `context` has `wanted` and `given`, the names of both."""

    code = 6122
    type = "encryption_key"
    exit_code = ExitCode.CONFIG


class SecretStoreError(SystemFailure):
    """Say that a store of secrets cannot be read or written, or that somebody else changed it."""

    code = 6130
    type = "secret_store"
    exit_code = ExitCode.CONFIG


class SecretPasswordError(SecretStoreError):
    """Say that the password of a store of secrets is wrong, or that there is nobody to ask for it."""

    code = 6131
    type = "secret_password"


class UsageError(SystemFailure):
    """Say that a command line is wrong."""

    code = 6101
    type = "usage"
    exit_code = ExitCode.USAGE


class ProviderError(LlmspellError):
    """Say that a model provider failed; `retryable` and `retry_after` tell the retry band what to do."""

    code = 7001
    type = "provider"
    exit_code = ExitCode.PROVIDER


class AuthenticationError(ProviderError):
    """Say that a provider did not accept the key."""

    code = 7002
    type = "authentication"


class RateLimitError(ProviderError):
    """Say that a provider asks to slow down; `retry_after` is in seconds when it said so."""

    code = 7003
    type = "rate_limit"
    recoverable = True
    retryable = True


class OverloadedError(ProviderError):
    """Say that a provider is overloaded or failing on its side."""

    code = 7004
    type = "overloaded"
    recoverable = True
    retryable = True


class ContextLengthError(ProviderError):
    """Say that a request does not fit the model's context window."""

    code = 7005
    type = "context_length_exceeded"
    recoverable = True


class BadRequestError(ProviderError):
    """Say that a provider refused a request as malformed."""

    code = 7006
    type = "bad_request"


class StreamInterruptedError(ProviderError):
    """Say that an answer was cut before its end; `context["partial_text"]` holds what came."""

    code = 7007
    type = "stream_interrupted"
    recoverable = True
    retryable = True


class ContentFilterError(ProviderError):
    """Say that a provider withheld its answer."""

    code = 7008
    type = "content_filter"


class ModelNotFoundError(ProviderError):
    """Say that a provider does not have this model."""

    code = 7009
    type = "model_not_found"


class UnreachableError(ProviderError):
    """Say that a provider's host could not be reached; the network's own error is chained."""

    code = 7010
    type = "provider_unreachable"
    recoverable = True
    retryable = True


class CircuitOpenError(ProviderError):
    """Say that a failing model is left alone for a while; `retry_after` tells for how long."""

    code = 7011
    type = "circuit_open"
    recoverable = True


class CapabilityMissingError(ProviderError):
    """Say that a provider cannot do what is asked of it; `context["providers"]` names those that can."""

    code = 7012
    type = "capability_missing"


class ScriptedModelError(ProviderError):
    """Say that a scripted model has no step for a request, or has steps left over."""

    code = 7101
    type = "scripted_model"


class PluginError(LlmspellError):
    """Say that a plugin is wrong, with its name and distribution."""

    code = 8001
    type = "plugin"
    exit_code = ExitCode.MISSING


class PluginLoadError(PluginError):
    """Say that a plugin could not be imported, registered or collected."""

    code = 8002
    type = "plugin_load"


class ComponentNotFoundError(PluginError):
    """Say that no plugin provides a component of this name, with the nearest names."""

    code = 8003
    type = "component_not_found"


class ComponentUnavailableError(PluginError):
    """Say that a component exists but its plugin or target failed; the cause is chained."""

    code = 8004
    type = "component_unavailable"


class NameClashError(PluginError):
    """Say which two plugins claim one name, and how to choose."""

    code = 8005
    type = "name_clash"
