"""Errors of scripts (4xxx)."""

from __future__ import annotations

from llmspell.errors.root import ExitCode, LlmspellError


class ScriptError(LlmspellError):
    """Say that a script failed; `where` names its file and line, `stack` its own frames."""

    code = 4002
    type = "script"


class ScriptSyntaxError(ScriptError):
    """Say that a script is not valid in its language."""

    code = 4001
    type = "syntax"


class ScriptRuntimeError(ScriptError):
    """Say that a script raised and nobody caught it."""

    code = 4002
    type = "runtime"


class ScriptTimeoutError(ScriptError):
    """Say that a script passed its CPU or wall-clock limit and was stopped."""

    code = 4004
    type = "timeout"
    exit_code = ExitCode.LIMIT


class ScriptMemoryError(ScriptError):
    """Say that a script passed its memory limit and was stopped."""

    code = 4005
    type = "memory_limit"
    exit_code = ExitCode.LIMIT


class ScriptSecurityError(ScriptError):
    """Say that a script tried what its sandbox forbids."""

    code = 4006
    type = "security"
    exit_code = ExitCode.DENIED


class ApiUnavailableError(ScriptError):
    """Say that a script asked for a function the API does not have."""

    code = 4007
    type = "api_unavailable"


class ScriptResourceError(ScriptError):
    """Say that a script passed a limit on output, calls, callbacks or messages."""

    code = 4009
    type = "resource_exhausted"
    exit_code = ExitCode.LIMIT


class ConversionError(ScriptError):
    """Say which value, by path, cannot cross between a script and the kernel."""

    code = 4101
    type = "conversion"


class AssertionFailedError(ScriptError):
    """Say what a test expected and what it got; `context` has both as text (`expected`, `actual`)."""

    code = 4102
    type = "assertion"


class SkippedError(ScriptError):
    """Say why a test ended itself without a verdict."""

    code = 4103
    type = "skipped"
