"""The transcript: hooks that write down what every call of a model sent and received, attempt by attempt.

One hook stands outside of all others and sees calls that no provider was asked for; one stands right before the
provider and sees each attempt as the others have left it. What goes over the wire in between tells the HTTP service.
What a model is never told is how a run ended without its answer, so that is an entry, too.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError, SystemFailure
from llmspell.model.llm import Reset
from llmspell.runtime.transcript_entry import Attempt, End
from llmspell.services.cleanup import Cleanup
from llmspell.services.http_heard import LISTENER
from llmspell.services.transcript_file import TranscriptFile
from llmspell.services.transcript_prune import prune
from llmspell.spec.markers import HookOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmspell.model.call import Call
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.services.config_schema import Transcript as Section

    Proceed = Callable[[Call], Awaitable[object]]

log = logging.getLogger("llmspell.transcript")

OPERATIONS = ("llm_call", "provider_call")
OUTERMOST = HookOptions(priority=1000, band="trace", name="transcript")
INNERMOST = HookOptions(priority=0, band="policy", name="transcript_attempts")


class _Asking:
    """A call under way: how often a provider was asked."""

    __slots__ = ("attempts",)

    def __init__(self) -> None:
        self.attempts = 0


_ASKING: ContextVar[_Asking] = ContextVar("llmspell_transcript_call")


class Transcript:
    """Write the transcript of one application to the file of its section, after old runs are taken out of it.

    Raises `ConfigError` when it cannot be opened.
    """

    def __init__(self, app: App, section: Section) -> None:
        self._clock = app.services.clock
        self._secrets = app.services.secrets
        path: Path = section.file_path  # type: ignore[assignment]  # who has none writes no transcript
        policy = Cleanup(section.unused, section.age, section.keep, section.size)
        if policy != Cleanup() and path.is_file():
            _clean(path, policy, self._clock.now())
        self._file = TranscriptFile(path)
        for operation in OPERATIONS:
            app.hooks.register(f"around_{operation}", self._call, OUTERMOST, owner="llmspell")
            app.hooks.register(f"around_{operation}", self._attempt, INNERMOST, owner="llmspell")
        app.hooks.register("around_agent_execution", self._run, OUTERMOST, owner="llmspell")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    async def _call(self, call: Call, proceed: Proceed, ctx: CallContext) -> object:
        """Write an entry for a call that ended before anybody was asked."""
        asking = _Asking()
        token = _ASKING.set(asking)
        entry, began = self._entry(0, call, ctx), self._clock.monotonic()
        try:
            entry.result = await proceed(call)
        except BaseException as error:
            entry.error = error
            raise
        finally:
            _ASKING.reset(token)
            entry.replayed = ctx.replayed
            if not asking.attempts:
                self._write(entry, began)
        return entry.result

    async def _attempt(self, call: Call, proceed: Proceed, ctx: CallContext) -> object:
        """Write an entry for one attempt."""
        asking = _ASKING.get()
        asking.attempts += 1
        entry, began = self._entry(asking.attempts, call, ctx), self._clock.monotonic()
        token = LISTENER.set(entry.exchanges)
        try:
            entry.result = await proceed(_listening(call, entry))
        except BaseException as error:
            entry.error = error
            raise
        finally:
            LISTENER.reset(token)
            self._write(entry, began)
        return entry.result

    async def _run(self, call: Call, proceed: Proceed, ctx: CallContext) -> object:
        """Write an entry for a run of an agent that ends without an answer: it failed, or waits for a person."""
        where = {"run": ctx.scope.run_id, "path": ctx.path, "operation": call.operation, "agent": call.subject}
        end, began = End(where, call.input), self._clock.monotonic()
        end.began = self._clock.now()
        try:
            end.result = result = await proceed(call)
        except BaseException as error:
            end.error = error
            raise
        finally:
            if end.unanswered:
                self._write(end, began)
        return result

    def _entry(self, number: int, call: Call, ctx: CallContext) -> Attempt:
        where = {
            "run": ctx.scope.run_id,
            "path": ctx.path,
            "operation": call.operation,
            "provider": call.metadata.get("provider"),
            "model": call.subject,
        }
        where |= {key: call.metadata[key] for key in ("capability", "purpose") if key in call.metadata}
        entry = Attempt(number, where, call.input)
        entry.began = self._clock.now()
        return entry

    def _write(self, entry: Attempt | End, began: float) -> None:
        """Write an entry; a call that failed keeps its own error when that does not work."""
        entry.seconds = self._clock.monotonic() - began
        try:
            self._file.write(entry.told(self._secrets.mask()))
        except SystemFailure as error:
            if entry.error is None:
                raise
            log.error("%s", error.message)  # noqa: TRY400 - it says it all


def _clean(path: Path, policy: Cleanup, now: float) -> None:
    """Take old runs out of a transcript; one that is in use, or none at all, is no reason not to work."""
    try:
        prune(path, policy, now)
    except LlmspellError as error:
        log.warning("old runs stay in the transcript: %s", error.message)


def _listening(call: Call, entry: Attempt) -> Call:
    """Note the parts on their way to who wants them. Where nobody does, a provider may answer whole, and still may."""
    sink = call.sink
    if sink is None:
        return call
    parts = entry.parts = []

    async def noted(part: object) -> None:
        if not isinstance(part, Reset):  # said to whoever shows the parts, by nobody who was asked
            parts.append(part)
        await sink(part)

    return call.with_sink(noted)
