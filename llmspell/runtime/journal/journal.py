"""The journal of one durable run: every effect is looked up before it runs, and written down when it has ended.

A run goes on after a crash by doing everything again, in the same order, with every effect answered from the log. What
the log knows by an effect's path (its place in the run) is never done again; what was begun and has no outcome runs
again only if it may be repeated (docs/adr/0044).
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from llmspell.errors import JournalError, NonDeterminismError, RunCancelledError, UncertainOutcomeError
from llmspell.runtime.journal import codec, texts
from llmspell.runtime.journal.deciding import Deciding
from llmspell.runtime.journal.differences import changed_call, missing_call
from llmspell.runtime.journal.port import WITHIN
from llmspell.runtime.journal.recorded import Recorded
from llmspell.runtime.journal.texts import Texts
from llmspell.runtime.journal.timer_records import TimerRecords
from llmspell.runtime.journal.timers import expire_innermost
from llmspell.runtime.journal.told import plain, tell_again
from llmspell.runtime.journal.underway import Underway, Watched, still_due

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.journal.log import RunLog
    from llmspell.runtime.journal.recorded import Record

    Core = Callable[[Call, CallContext], Coroutine[Any, Any, object]]

CONTAINERS = frozenset({"agent_execution", "workflow_execution", "workflow_step", "handoff", "spell_execution"})
"""Operations made of others: they run again, and only a hook that answered in their place is remembered."""

UNRECORDED = frozenset({"tools_available"})
UNKEPT = (JournalError, NonDeterminismError, UncertainOutcomeError)
"""How an effect ends that has no outcome: the journal itself failed."""

QUIET = 0.1
"""Seconds in which nothing moves before time limits that fired are taken to be what everybody waits for."""

REPEATABLE = frozenset({"pure", "idempotent"})
FROZEN: ContextVar[bool] = ContextVar("llmspell_frozen", default=False)
"""Whether nothing may begin here: what this belongs to was cut off by a crash."""


class Resting(Protocol):
    """A channel to a script, of which it is known whether the script has to say something yet."""

    @property
    def resting(self) -> bool:
        """Tell whether every message was heard out."""
        ...


class RunJournal(TimerRecords):
    """Keep what a run does in a log, and answer from what the log knew when the run was taken up.

    log         where records go; None writes nothing, as in a replay of a recording
    recorded    what is known already
    assume      by path, or for all as `*`: `done` or `not-done`, what became of effects of which nobody knows
    strict      an effect that is not known is a `NonDeterminismError`: nothing outside is touched
    mask        takes the values of secrets out of a text
    """

    active = True

    def __init__(
        self,
        log: RunLog | None,
        recorded: Recorded | None = None,
        *,
        assume: Mapping[str, str] | None = None,
        strict: bool = False,
        mask: Callable[[], Callable[[str], str] | None] = lambda: None,
    ) -> None:
        self.log = log
        self.recorded = recorded or Recorded()
        self.strict = strict
        self.progress = 0
        """Grows with everything that happens, for whoever waits until nothing does."""
        self.running = 0
        """How many effects run, and engines start."""
        self.channels: list[Resting] = []
        """Those to the scripts of the run."""
        self.blocked = 0
        """How many effects wait to be cancelled, as they were before."""
        self.failure: Exception | None = None
        """Why the run cannot go on, when the records contradict it."""
        self._assume = dict(assume or {})
        self._mask = mask
        self._texts = Texts(self.recorded.texts)
        self._underway: dict[tuple[int, str], Underway] = {}
        self._closed = self._finished = False
        super().__init__(live=not self.recorded.guests.get(""))
        self.unsaid: list[Callable[[], None]] = []
        """They write down what scripts have said: before what comes of it, so that its line is known after a crash."""
        self._people = Deciding(self)

    # -- the port of the pipeline --------------------------------------------------------------------------------------

    async def through(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:
        """Answer a call from the records, or run it and write down how it ended; see the port."""
        if WITHIN.get() or call.operation in UNRECORDED or not ctx.path:
            return await proceed(call)
        self.progress += 1
        if call.operation in CONTAINERS or call.composed:
            return await self._contain(ctx, call, proceed)
        said = codec.input_json(call, self._mask())
        digest = texts.digest(said)
        hit = self.recorded.outcomes.get(ctx.path)
        if hit is None:
            intent = self.recorded.intents.get(ctx.path)
            if intent is None and self.recorded.given_up(ctx.path):
                await self.block(ctx.path)
            if self.strict:  # also where it was begun: nothing outside is touched
                raise self._failed(missing_call(self.recorded, ctx.path, call, said))
            if intent is not None:
                self._same(call, said, digest, intent)
                self._require_repeatable(ctx.path, call, intent)
                call = still_due(call, intent)
            underway = Underway(ctx.path, call.input, said, digest, intended=intent is not None)
            return await self._run(ctx, call, proceed, underway)
        self._same(call, said, digest, hit)
        return await self._answer(ctx, call, hit)

    async def enter(self, ctx: CallContext, call: Call, core: Core) -> object:
        """Run the core of a call; before an effect that is not pure the log holds the intent."""
        underway = self._underway.get((id(ctx), call.operation))
        if underway is None:
            return await core(call, ctx)
        underway.entered = True
        if call.operation in CONTAINERS or call.composed:
            return await core(call, ctx)
        if not underway.intended and call.effect != "pure":
            underway.intended = True
            hooked = call.input is not underway.given
            given = codec.input_json(call, self._mask()) if hooked else underway.said
            due = call.metadata.get("due")
            self._append("intent", underway.path, call, d=underway.digest, i=given, **({"due": due} if due else {}))
            await self.commit()
        token = WITHIN.set(True)
        try:
            return await core(call, ctx)
        finally:
            WITHIN.reset(token)

    def decided(self, ctx: CallContext, call: Call, changed: Call, by: Sequence[str], *, answered: bool) -> None:
        """Note that the hooks of these names changed or answered a call."""
        fields = [one for one in ("subject", "input", "metadata") if getattr(call, one) is not getattr(changed, one)]
        verdict = "answer" if answered else "proceed"
        point, name = f"before_{call.operation}", ", ".join(dict.fromkeys(by))
        self.note("hook", p=ctx.path, point=point, name=name, verdict=verdict, changed=fields)

    # -- for who waits until the records are used up -------------------------------------------------------------------

    async def commit(self) -> None:
        """Wait until all that was written is kept as the run's mode says."""
        if self.log is not None:
            await self.log.commit()

    def note(self, kind: str, **fields: object) -> None:
        """Append a record that nobody looks up by a path; no more once the journal is closed."""
        self.progress += 1
        if self.log is None or self._closed:
            return
        if kind in ("intent", "begin"):
            for write in self.unsaid:
                write()
        data, new = self._texts.shrink(self.masked(fields))
        for one in new:
            self.log.append(one)
        self.log.append({"k": kind, **data})

    def masked(self, data: dict[str, object]) -> dict[str, object]:
        """Take the values of secrets out of data."""
        mask = self._mask()
        if mask is None:
            return data
        from llmspell.services.secret_masks import mask_data  # noqa: PLC0415 - paid by who has secrets

        masked: dict[str, object] = mask_data(data, mask)
        return masked

    def loaded(self, path: str, data: bytes) -> None:
        """Note that a file below the spell's folder was loaded, once for each of its contents."""
        digest = sha256(data).hexdigest()
        if self.recorded.modules.get(path) != digest:
            self.recorded.modules[path] = digest
            self.note("module", name=path, d=digest)

    async def finish(self, *, value: object = None, error: Exception | None = None) -> None:
        """Write down how the run ended, and wait until that is kept; a run that cannot go on has not ended."""
        if self.failure is not None or self._closed or isinstance(error, JournalError):
            return
        if error is None:
            self.note("finished", status="done", v=plain(value))
        else:
            status = "cancelled" if isinstance(error, RunCancelledError) else "failed"
            self.note("finished", status=status, error=codec.error_json(error, self._mask()))
        self._closed = self._finished = True
        await self.commit()

    @property
    def people(self) -> Deciding:
        """Give what waits for a person."""
        return self._people

    def amid(self, path: str) -> bool:
        """Tell whether this is, or is within, an effect that was begun: what waits there keeps it under way."""
        known = any(f"{path}/".startswith(f"{one.path}/") for one in self._underway.values() if one.digest)
        return known or path in self.recorded.outcomes

    def pause(self) -> None:
        """Write down that the run waits for people alone, as the last thing of this life of it."""
        for write in self.unsaid:
            write()
        self.note("finished", status="paused")
        self._closed = True

    @property
    def unfinished(self) -> bool:
        """Tell whether the run has not ended and may be taken up."""
        return self.log is not None and not self._finished

    def cut_off(self) -> None:
        """Write no more: what is cancelled from here on was under way when the run was cut off."""
        self._closed = True

    async def aclose(self) -> None:
        """Let the log go."""
        self._closed = True
        if self.log is not None:
            await self.log.aclose()

    @property
    def moving(self) -> bool:
        """Tell whether something is under way of which more will come by itself."""
        return self.running > 0 or any(not one.resting for one in self.channels)

    @property
    def seed(self) -> str:
        """Give what scripts grow their random numbers from, in base64."""
        return str(self.recorded.header.get("seed", ""))

    @property
    def session(self) -> str | None:
        """Give the id or name of the session that the recorded run was begun in."""
        return self.recorded.header.get("session")

    # -- effects -------------------------------------------------------------------------------------------------------

    async def _run(
        self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]], underway: Underway
    ) -> object:
        if FROZEN.get() or self._people.paused:
            await self.block(ctx.path)
        with self._watched(ctx, call, underway):
            self.running += 1
            try:
                result = await proceed(call)
                value = codec.result_json(call, result, self._mask())
            except asyncio.CancelledError:
                if self.failure is None:  # else the run ends here, and goes on when it can
                    self._append("done", underway.path, call, cancelled=True, **self._about(underway))
                raise
            except UNKEPT:
                raise
            except Exception as error:
                self._append(
                    "done", underway.path, call, error=codec.error_json(error, self._mask()), **self._about(underway)
                )
                raise
            finally:
                self.running -= 1
                self.progress += 1
            self._append("done", underway.path, call, v=value, **self._about(underway))
            return codec.told(call, value, result)

    def _watched(self, ctx: CallContext, call: Call, underway: Underway) -> Watched:
        return Watched(self._underway, (id(ctx), call.operation), underway)

    @staticmethod
    def _about(underway: Underway) -> dict[str, object]:
        about: dict[str, object] = {"d": underway.digest, "sec": round(perf_counter() - underway.began, 6)}
        return about if underway.intended else {**about, "i": underway.said}

    def _append(self, kind: str, path: str, call: Call, **fields: object) -> None:
        own = {"own": True} if call.metadata.get("scope") == "run" else {}  # of this run alone: a fork writes its own
        self.note(kind, p=path, o=call.operation, s=call.subject, e=call.effect, **own, **fields)

    async def _answer(self, ctx: CallContext, call: Call, hit: Record) -> object:
        """Give a recorded outcome."""
        if hit.get("cancelled"):
            await self.block(ctx.path)
        ctx.replayed = True
        if "error" in hit:
            raise codec.error_of(self.recorded.value(hit["error"]))
        result = codec.result_of(call, self.recorded.value(hit.get("v")))
        if call.sink is not None and call.operation == "llm_call":
            await tell_again(call.sink, result)
        return result

    async def block(self, path: str) -> None:
        """Wait to be cancelled: an effect that was cancelled before, or whose caller was.

        When nothing else moves, it was a time limit that cancelled it: that fires again.
        """
        self.blocked += 1
        self.progress += 1
        never = asyncio.get_running_loop().create_future()
        try:
            while True:
                before = self.progress
                await asyncio.wait([never], timeout=QUIET)
                if self.progress == before and not self.running:
                    expire_innermost(self, path)
        finally:
            self.blocked -= 1

    def assume(self) -> None:
        """Write down which effects people say have happened: they are answered like all that are known to have."""
        for one in self.recorded.uncertain():
            if self._assumed(one.path) == "done":
                intent = self.recorded.intents[one.path]
                about = {key: intent[key] for key in ("p", "o", "s", "e", "d")}
                self.recorded.outcomes[one.path] = {**about, "v": None}
                self.note("done", **about, v=None, assumed=True)

    def _assumed(self, path: str) -> str | None:
        return self._assume.get(path) or self._assume.get("*")

    def _require_repeatable(self, path: str, call: Call, intent: Record) -> None:
        """Raise `UncertainOutcomeError` unless an effect that was begun may be begun again."""
        if call.effect in REPEATABLE or self._assumed(path) is not None:
            return
        message = f"nobody knows whether {call.operation} {call.subject!r} happened: it was begun before the crash"
        advice = f'look at what it left, and say what became of it: `assume={{"{path}": "done"}}` or "not-done"'
        about = {"path": path, "operation": call.operation, "subject": call.subject, "i": intent.get("i")}
        raise self._failed(UncertainOutcomeError(message, suggestions=[advice], context=about))

    def _same(self, call: Call, said: object, digest: str, record: Record) -> None:
        """Raise `NonDeterminismError` when another call was recorded here."""
        if record["o"] == call.operation and record["s"] == call.subject and record["d"] == digest:
            return
        raise self._failed(changed_call(self.recorded, call, said, digest, record, strict=self.strict))

    def _failed(self, error: NonDeterminismError | UncertainOutcomeError) -> Exception:
        """Remember why the run cannot go on: whoever catches the error must not hide it."""
        self.failure = self.failure or error
        self.progress += 1
        return error

    # -- containers ----------------------------------------------------------------------------------------------------

    async def _contain(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:
        """Run an operation made of others, between two records; answer one in whose place a hook did."""
        path = ctx.path
        hit = self.recorded.answers.get(path)
        if hit is not None:
            return await self._answer(ctx, call, hit)
        if path not in self.recorded.begun:
            if self.recorded.given_up(path):
                await self.block(path)
            self._append("begin", path, call)
        underway = Underway(path, None, None, "", intended=True)
        with self._watched(ctx, call, underway):
            try:
                result = await proceed(call)
            except asyncio.CancelledError:
                if self.failure is None:
                    self._ended(underway, call, cancelled=True)
                raise
            except Exception as error:
                if not isinstance(error, UNKEPT):
                    refused = {} if underway.entered else {"refused": True}
                    self._ended(underway, call, error=codec.error_json(error, self._mask()), **refused)
                raise
            self._ended(
                underway, call, **({} if underway.entered else {"v": codec.result_json(call, result, self._mask())})
            )
            return result

    def _ended(self, underway: Underway, call: Call, **how: object) -> None:
        if underway.path in self.recorded.ended:
            self.progress += 1
            return
        seconds = round(perf_counter() - underway.began, 6)
        self.note("end", p=underway.path, o=call.operation, s=call.subject, sec=seconds, **how)
