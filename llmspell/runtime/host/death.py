"""Why a child process ended, as an error."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from llmspell.errors import ScriptError, ScriptMemoryError, ScriptResourceError, ScriptTimeoutError
from llmspell.spec.engine_child import TOO_MUCH

if TYPE_CHECKING:
    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.limits import Limits

_BY_OTHERS = frozenset({"SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"})
_OUT_OF_MEMORY = ("MemoryError", "not enough memory", "out of memory")


def explain(status: int, stderr: str, limits: Limits) -> LlmspellError:
    """Give the error for an exit status as asyncio reports it (negative: signal) and what the child wrote to stderr."""
    context: dict[str, object] = {"stderr": stderr[-2000:]} if stderr else {}
    if status < 0:
        name = signal.Signals(-status).name
        context["signal"] = name
        if -status == signal.SIGXCPU:
            return ScriptTimeoutError(f"the spell used more than {limits.cpu:g} s of CPU time", context=context)
    else:
        name = f"status {status}"
        context["status"] = status
    if status == TOO_MUCH:
        return ScriptResourceError(stderr.strip() or "the script engine had a message too big to send", context=context)
    if any(word in stderr for word in _OUT_OF_MEMORY):
        return ScriptMemoryError(f"the spell used more than {limits.memory} bytes of memory", context=context)
    return ScriptError(
        f"the process of the script engine died ({name})",
        suggestions=["run with --verbose to see what it wrote", "run with --isolation inline if you trust the spell"],
        context=context,
    )


def by_others(error: LlmspellError) -> bool:
    """Tell whether somebody outside ended the process, a user or a system without memory: no limit, and no crash."""
    return type(error) is ScriptError and error.context.get("signal") in _BY_OTHERS
