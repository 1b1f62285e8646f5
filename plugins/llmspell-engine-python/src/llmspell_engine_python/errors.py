"""Errors as scripts see them, and what leaves a script as the error object of the wire.

`LlmspellError` is what API calls raise. Classes of its families follow the thousands of the numeric codes, a few types
that Python has a name for are that built-in, too: `except TimeoutError` and `except PermissionError` catch them.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from types import TracebackType

FIELDS = (
    "type", "message", "code", "recoverable", "suggestions", "trace_id", "where", "context", "retry_after", "retryable",
)  # fmt: skip
MAX_FRAMES = 40
PLAIN = (str, int, float, list, tuple, dict)


class LlmspellError(Exception):
    """Carry what happened and what to do next: `type`, `code`, `message`, `suggestions`, `recoverable`, ...

    A script may raise one itself: `raise LlmspellError("too late", type="timeout", recoverable=True)`.
    """

    type: str = "runtime"
    code: int | str | None = None
    recoverable: bool = False
    retryable: bool = False
    retry_after: float | None = None
    trace_id: str | None = None
    where: str | None = None
    value: Any = None
    """What another function of a script raised: the fields of its exception."""
    stack: str | None = None
    """Frames of the function it comes from, innermost first, when that was another call of a script's functions."""

    def __init__(self, message: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions: list[str] = []
        self.context: dict[str, Any] = {}
        unknown = set(fields) - set(FIELDS)
        if unknown:
            raise TypeError(f"an error has no field {min(unknown)!r}; it has {', '.join(FIELDS)}")
        for name, value in fields.items():
            if value is not None:
                setattr(self, name, value)
        self.type = str(self.type).removesuffix("_error")

    def __str__(self) -> str:
        return str(self.message)

    @property
    def category(self) -> str:
        """Give the type, under its older name."""
        return self.type

    @property
    def recovery_strategy(self) -> str:
        """Say whether doing it again may help: `retry` or `none`."""
        return "retry" if self.recoverable else "none"

    @property
    def recovery_suggestion(self) -> str | None:
        """Give the first suggestion."""
        return next(iter(self.suggestions), None)

    @property
    def cause(self) -> object:
        """Give what led to this error: the exception it was raised from, or what the kernel says of it."""
        return self.__cause__ or self.context.get("cause")

    def to_dict(self) -> dict[str, Any]:
        """Give the fields as a map."""
        return {name: getattr(self, name) for name in FIELDS}


class AgentError(LlmspellError):
    """An agent could not do its work (1xxx)."""


class ToolError(LlmspellError):
    """A tool failed or was given the wrong arguments (2xxx)."""


class ValidationError(ToolError, ValueError):
    """Arguments do not fit."""

    type = "validation"
    code = 2002


class DeniedError(ToolError, PermissionError):
    """A right is missing."""

    type = "permission_denied"


class WorkflowError(LlmspellError):
    """A workflow failed (3xxx)."""


class ScriptError(LlmspellError):
    """A script failed or passed a limit (4xxx)."""

    code = 4002


class SpellSecurityError(ScriptError, PermissionError):
    """A script reached for the system past the API."""

    type = "security"
    code = 4006


class ConversionError(ScriptError, TypeError):
    """A value cannot cross between the script and the kernel."""

    type = "conversion"
    code = 4101


class ApiUnavailableError(ScriptError, AttributeError):
    """The API does not have this yet."""

    type = "api_unavailable"
    code = 4007


class SpellTimeoutError(LlmspellError, TimeoutError):
    """Something took too long."""

    type = "timeout"
    code = 4004
    recoverable = True


class HookError(LlmspellError):
    """A hook failed or refused (5xxx)."""


class SystemFailure(LlmspellError):  # noqa: N818 - the name it has in the kernel
    """The platform failed (6xxx)."""


class ProviderError(LlmspellError):
    """A model provider failed (7xxx)."""


class PluginError(LlmspellError):
    """A plugin or a component is missing or broken (8xxx)."""


FAMILIES: dict[int, type[LlmspellError]] = {
    1: AgentError,
    2: ToolError,
    3: WorkflowError,
    4: ScriptError,
    5: HookError,
    6: SystemFailure,
    7: ProviderError,
    8: PluginError,
}
NAMED: dict[str, type[LlmspellError]] = {
    "validation": ValidationError,
    "permission_denied": DeniedError,
    "security": SpellSecurityError,
    "conversion": ConversionError,
    "api_unavailable": ApiUnavailableError,
    "timeout": SpellTimeoutError,
}
PUBLIC: tuple[type[LlmspellError], ...] = (LlmspellError, *FAMILIES.values(), *NAMED.values())
"""What a script finds by name."""


def from_wire(data: Mapping[str, Any]) -> LlmspellError:
    """Make the exception for an error object of the kernel."""
    code = data.get("code")
    family = FAMILIES.get(code // 1000, LlmspellError) if isinstance(code, int) else LlmspellError
    kind = NAMED.get(str(data.get("type")), family)
    fields = {name: data.get(name) for name in FIELDS if name != "message"}
    error = kind(str(data.get("message") or "the call failed"), **fields)
    error.value = data.get("value")
    error.stack = data.get("stack")
    return error


def to_wire(error: BaseException, files: Collection[str], absent: Mapping[str, str]) -> dict[str, Any]:
    """Give the error object for whatever a script raised; `files` are the names of the script's own sources.

    `absent` are the names that the API does not have yet, and why. The values of the object are the script's: they
    still have to be encoded.
    """
    if isinstance(error, BaseExceptionGroup):
        leaves = list(_leaves(error))
        if len(leaves) == 1:
            return to_wire(leaves[0], files, absent)
    told = {**describe(error), **_about_absent(error, absent)}
    frames = list(script_frames(error.__traceback__, files))
    if isinstance(error, SyntaxError) and error.filename in files:
        told["where"] = f"{error.filename}:{error.lineno or 1}"
    told["where"] = told.get("where") or (frames[0].partition(": ")[0] if frames else None)
    before = error.stack if isinstance(error, LlmspellError) else None
    told["stack"] = "\n".join([*([before] if before else []), *frames[:MAX_FRAMES]]) or None
    cause = error.__cause__
    if cause is not None and not isinstance(told["context"].get("cause"), dict):
        about = describe(cause)
        at = next(script_frames(cause.__traceback__, files), None)
        shown = {"type": about["type"], "message": about["message"], "where": at and at.partition(": ")[0]}
        told["context"] = {**told["context"], "cause": shown}
    return told


def describe(error: BaseException) -> dict[str, Any]:
    """Give the fields of any exception, without its place; never raises."""
    if isinstance(error, LlmspellError):
        told = {**error.to_dict(), "message": str(error.message), "context": dict(error.context)}
        return told if told["code"] is not None or told["type"] != "runtime" else {**told, "code": 4002}
    kind, code, recoverable = "runtime", 4002, False
    if isinstance(error, TimeoutError):
        kind, code, recoverable = "timeout", 4004, True
    elif isinstance(error, MemoryError):
        kind, code = "memory_limit", 4005
    elif isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
        kind, code = "cancelled", 4002
    elif isinstance(error, SyntaxError):
        kind, code = "syntax", 4001
    told = {
        "type": kind,
        "message": message_of(error),
        "code": code,
        "recoverable": recoverable,
        "suggestions": [],
        "context": {"exception": type(error).__name__},
    }
    fields = own_fields(error)
    return {**told, "value": fields} if fields else told


def own_fields(error: BaseException) -> dict[str, Any]:
    """Give what a script's own exception carries beside its text: the attributes that are plain data.

    Those of the standard library say it all in their text, and may hold whole documents.
    """
    if type(error).__module__.partition(".")[0] in sys.stdlib_module_names:
        return {}
    named = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    return {name: value for name, value in named.items() if value is None or isinstance(value, PLAIN)}


def unavailable(name: str, absent: Mapping[str, str]) -> ApiUnavailableError:
    """Say that the API does not have something yet."""
    return ApiUnavailableError(f"{name} is not available: {absent[name]}")


def _about_absent(error: BaseException, absent: Mapping[str, str]) -> dict[str, Any]:
    """Give what to say instead of Python's words about a name that the API does not have yet."""
    if isinstance(error, NameError):
        wanted = str(error.name)
    elif isinstance(error, ImportError) and (error.name or "").partition(".")[0] in ("llmspell", "rs_llmspell"):
        quoted = error.msg.partition("cannot import name '")[2].partition("'")[0]
        wanted = quoted or str(error.name).rpartition(".")[2].capitalize()
    else:
        return {}
    if wanted not in absent:
        return {}
    return {key: value for key, value in describe(unavailable(wanted, absent)).items() if key != "where"}


def message_of(error: BaseException) -> str:
    """Say what an exception says, with the name of its class as Python shows it."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception as failure:  # noqa: BLE001 - an error inside an error must not hide the first
        return f"{name} (its text failed with {type(failure).__name__})"
    if isinstance(error, asyncio.CancelledError):
        return "the call was cancelled"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, BaseExceptionGroup):
        return f"{text}: {'; '.join(message_of(one) for one in _leaves(error))}"
    if isinstance(error, SystemExit):
        return f"the script exited with status {text}" if isinstance(error.code, int) else text
    return f"{name}: {text}" if text else name


def script_frames(traceback: TracebackType | None, files: Collection[str]) -> Iterator[str]:
    """Yield `file:line: in name` of the script's own frames, innermost first."""
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in files:
            name = "main script" if code.co_name == "<module>" else code.co_name
            found.append(f"{code.co_filename}:{traceback.tb_lineno}: in {name}")
        traceback = traceback.tb_next
    yield from reversed(found)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for one in group.exceptions:
        if isinstance(one, BaseExceptionGroup):
            yield from _leaves(one)
        else:
            yield one
