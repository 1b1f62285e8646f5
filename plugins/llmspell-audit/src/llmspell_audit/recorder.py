"""What is written down: operations as they begin and end, rights and secrets as they are used, and some events."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from llmspell.errors import (
    AuditError,
    AuthenticationError,
    LlmspellError,
    PermissionDeniedError,
    RefusedError,
    ValidationError,
)
from llmspell.spec import Hook, HookOptions
from llmspell_audit.told import fingerprint, shown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, SecretRef
    from llmspell_audit.log import AuditLog
    from llmspell_audit.section import AuditSection

EVENTS = ("plugin_*", "component_*", "approval_*", "permission_*", "session_start", "session_end", "limit_reached",
          "subject_*", "configuration_change")  # fmt: skip
"""Events that are written down, too."""

WAITING = 1000
"""Things seen before the first guarded action that are kept to be written with it."""

SHORTEST = 16
"""Bytes of a key below which it could be guessed."""

ERROR_POINTS = {
    "agent_execution": "agent_error",
    "handoff": "handoff_error",
    "llm_call": "llm_error",
    "provider_call": "provider_error",
    "spell_execution": "spell_error",
    "state_write": "state_error",
    "tool_execution": "tool_error",
    "workflow_execution": "workflow_error",
    "workflow_step": "workflow_step_error",
}


class Recorder:
    """Turn what the kernel tells into records; `Audit` of the driver opens it.

    While nothing was done yet, what is seen waits: looking at a log, or at what is installed, does not write to it.
    Rights are used in worker threads, too, so whoever writes has the turn.
    """

    events = EVENTS

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Mapping[str, object]]] = []
        self._passed: dict[tuple[int, str], list[float]] = {}
        self._lost = 0
        self._turn = threading.RLock()
        self._writing = False
        self._acted = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, section: AuditSection, log: AuditLog, ctx: Context) -> None:
        """Take the log to write to and what is needed of the application."""
        self.section = section
        self.log = log
        self._ctx = ctx
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._mask = ctx.secrets.redact
        self._clock = ctx.clock.monotonic
        self.now = ctx.clock.now
        self.pause = ctx.sleep

    # -- the hook set --------------------------------------------------------------------------------------------------

    def hooks(self, part: str, section: object) -> Iterable[Hook]:  # noqa: ARG002 - there is one part
        """Give four hooks for each operation that is written down.

        `before` writes that it begins, and what is not written does not happen where a log is required; `after` and
        the error hook write how it ended, and see what others answered or refused further out; `around` sees what was
        cancelled, a deadline that passed among it.
        """
        if not self.section.enabled:
            return
        options = HookOptions(priority=1000, band="audit", name="audit")
        for operation in self.section.operations:
            yield Hook(f"before_{operation}", self._before, options)
            yield Hook(f"around_{operation}", self._around, options)
            yield Hook(f"after_{operation}", self._after, options)
            yield Hook(ERROR_POINTS[operation], self._error, options)

    def check(self, option: str, value: object, bare: str) -> object:  # noqa: ARG002 - a hook set's
        """Refuse: agents have no options of their own here."""
        message = f"the audit log has no option {option!r}"
        raise ValidationError(message)

    def statistics(self) -> Mapping[str, object]:
        """Count records that could not be written since the last one that could."""
        return {"audit": {"lost": self._lost}}

    def _before(self, call: Call, ctx: Context) -> None:
        self._write(call.operation, {"phase": "begun", **self._about(call, ctx), **self._input(call)}, act=True)
        self._passed.setdefault((id(ctx), call.operation), []).append(self._clock())

    async def _around(self, call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context) -> object:
        try:
            return await proceed(call)
        except asyncio.CancelledError:
            try:
                self._end(call, ctx, {"phase": "cancelled"})
            except AuditError as error:  # what is cancelled ends as such, whatever the log says
                self._ctx.log.warning("%s; that %s was cancelled is not in it", error, call.operation)
            raise

    def _after(self, call: Call, result: object, ctx: Context) -> None:  # noqa: ARG002 - what came of it is the caller's
        self._end(call, ctx, {"phase": "done"})

    def _error(self, call: Call, error: Exception, ctx: Context) -> None:
        refused = isinstance(error, (RefusedError, PermissionDeniedError))
        self._end(call, ctx, {"phase": "refused" if refused else "failed", "error": self._fault(error)})

    def _end(self, call: Call, ctx: Context, about: dict[str, object]) -> None:
        begun = self._passed.get((id(ctx), call.operation))
        if begun:
            about["seconds"] = round(self._clock() - begun.pop(), 6)
            if not begun:
                del self._passed[id(ctx), call.operation]
        else:  # it was answered or refused further out: nothing was written when it began
            about |= self._input(call)
        if getattr(ctx, "replayed", False):
            about["replayed"] = True
        self._write(call.operation, {**about, **self._about(call, ctx)}, act=True)

    def _about(self, call: Call, ctx: Context) -> dict[str, object]:
        scope = ctx.scope
        about: dict[str, object] = {"subject": self._mask(call.subject), "run": scope.run_id, "path": ctx.path}
        about |= {"user": scope.principal, "scope": f"{scope.kind} {scope.name}"}
        return {**about, "call": call.id} if call.id else about

    def _input(self, call: Call) -> dict[str, object]:
        if call.operation == "tool_execution" and self.section.arguments:
            return {"arguments": shown(call.input, self._mask), "digest": fingerprint(call.input)}
        return {"digest": fingerprint(call.input)}

    def _fault(self, error: Exception) -> dict[str, object]:
        kind, code = (error.type, error.code) if isinstance(error, LlmspellError) else (type(error).__name__, None)
        return {"type": kind, "code": code, "message": shown(str(error), self._mask)}

    # -- the witness ---------------------------------------------------------------------------------------------------

    def saw(self, kind: str, about: Mapping[str, object], run: str = "") -> None:
        """Write down a right or a secret that is about to be used, or an event that happened.

        Raises `AuditError` where the log is required and cannot be written.
        """
        if self.section.enabled:
            act = kind in ("right_used", "right_denied", "secret_used")
            told: dict[str, Any] = shown(about, self._mask)
            self._write(kind, {**(told if act else {"data": told}), "run": run}, act=act)

    def own_key(self, ref: SecretRef) -> bytes:
        """Give the key that records are signed with, whose use is in no record: it is used for each."""
        with self._turn:
            writing, self._writing = self._writing, True
            try:
                key = self._ctx.key(ref).encode()
                if len(key) < SHORTEST:
                    raise AuditError(
                        f"the key of the audit log has {len(key)} bytes: {SHORTEST} are needed",
                        suggestions=["make one with `openssl rand -hex 32`"],
                    )
                return key
            except AuthenticationError as error:
                message = f"the key of the audit log is missing: {error}"
                raise AuditError(message, suggestions=error.suggestions) from error
            finally:
                self._writing = writing

    # -- writing -------------------------------------------------------------------------------------------------------

    def _write(self, kind: str, about: Mapping[str, object], *, act: bool) -> None:
        """Write a record behind those that waited; `act` tells what somebody did from what merely happened."""
        with self._turn:
            if self._writing:  # by this very thread: the log uses its own key
                return
            if not act and not self._acted:
                if len(self._waiting) < WAITING:
                    self._waiting.append((kind, about))
                return
            self._writing = self._acted = True
            try:
                self._write_all(kind, about)
            except AuditError as error:
                self._failed(error)
            finally:
                self._writing = False
        if threading.get_ident() == self._thread:
            self._remind()
        else:
            self._loop.call_soon_threadsafe(self._remind)

    def _write_all(self, kind: str, about: Mapping[str, object]) -> None:
        while self._waiting:
            self.log.write(*self._waiting[0])
            self._waiting.pop(0)
        if self._lost:
            self.log.write("lost", {"records": self._lost})
            self._lost = 0
        self.log.write(kind, about)

    def _failed(self, error: AuditError) -> None:
        if self.section.required:
            raise error
        if not self._lost:
            self._ctx.log.warning("%s; what happens goes on unrecorded", error)
        self._lost += 1

    def _remind(self) -> None:
        """Have the head told in a while, also when nothing more happens; in the loop's own thread."""
        if self._timer is None or self._timer.when() <= self._loop.time():
            self._timer = self._loop.call_later(max(1.0, self.section.anchor_every), self._anchor)

    def _anchor(self) -> None:
        try:
            with self._turn:
                if self.log.behind:
                    self.log.anchor()
        except AuditError as error:
            self._ctx.log.warning("%s; its head was not anchored", error)

    async def aclose(self) -> None:
        """Tell the head of the log."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            with self._turn:
                self.log.close()
        except AuditError as error:
            if self.section.required:
                raise
            self._ctx.log.warning("%s; its head was not anchored", error)
