"""The boundary between one script and the kernel in a durable run.

Everything that goes to the script is written down before the script sees it, one message at a time. When a run is taken
up, a fresh script gets the same messages in the same order; what it says is compared with what was said, and what the
kernel computes anew for a recorded message only tells which objects the message means (docs/adr/0044).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llmspell.bridge.durable.cut_streams import cut_streams
from llmspell.bridge.durable.references import STREAM, references
from llmspell.bridge.durable.said import POST, Said, contradiction, told
from llmspell.bridge.faults import as_llmspell_error, log
from llmspell.bridge.sender import Sender
from llmspell.errors import JournalError, RunCancelledError
from llmspell.runtime.host.death import by_others
from llmspell.runtime.journal.cancelling import cancel_requested, forget_cancel
from llmspell.runtime.journal.port import APART

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.bridge.durable.calls import DurableCalls
    from llmspell.bridge.durable.invocations import DurableInvocations
    from llmspell.bridge.durable.streams import DurableStreams
    from llmspell.bridge.session import SpellSession
    from llmspell.errors import LlmspellError
    from llmspell.runtime.journal.journal import RunJournal
    from llmspell.spec.wire import Message

    Key = tuple[str, object]
    Make = Callable[[Message | None], Message]

CLOCKED = frozenset({"hello", "invoke", "settle", "item", "eval"})
"""Messages that tell the script the time."""

MOMENT = 0.05
LOOK = 0.5
"""Seconds between two looks for a request to end the run."""

STILL = 4
"""Moments in which nothing moves before a recorded message is taken not to be waited for any more."""


class Offer(NamedTuple):
    """A message that the kernel has for the script; `delivered` gets whether it was sent for this offer."""

    make: Make
    delivered: asyncio.Future[bool]
    about: dict[str, object]


class Boundary(Sender):
    """Record one session, or give it what was recorded.

    guest    names the session in the log: empty for the spell itself, else the path of whoever loaded it
    """

    calls: DurableCalls
    invocations: DurableInvocations
    streams: DurableStreams

    def __init__(self, session: SpellSession, journal: RunJournal, guest: str) -> None:
        super().__init__(session.channel)
        self.session = session
        self.journal = journal
        self.guest = guest
        records = journal.recorded.guests.get(guest, [])
        said = (Said(*one) for record in records if record["k"] == "out" for one in record["m"])
        self._expected = deque(one for one in said if not (journal.strict and one.kind == POST))
        self._recorded = deque(
            (cast("Message", journal.recorded.value(record["m"])), record) for record in records if record["k"] == "in"
        )
        self._last_moment = session.app.services.clock.now()
        self._said: list[Said] = []
        self._offers: dict[Key, Offer] = {}
        self._gone: set[Key] = set()
        """What the kernel will not offer any more: calls that the script gave up, streams that have ended."""
        self._told: dict[Key, Message] = {}
        """What was given to the script though nobody had offered it."""
        self._outgoing: list[tuple[Message, Offer | None]] = []
        self._sending = False
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._moments = 0
        """Those that have passed while records are repeated: a timer for each message takes as long as the rest."""
        self._released: dict[int, int] = {}
        self.live = not self._recorded
        self.cancelled = {message["id"] for message, _ in self._recorded if message["t"] == "cancel"}
        """Calls into the script that were given up."""
        streams = cut_streams(message for message, _ in self._recorded)
        self.streamed, self.told_last, self.cut = streams.opened, streams.told_last, streams.texts
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Start to send, and to give again what was recorded."""
        self.journal.unsaid.append(self._write_said)
        self.journal.people.stills.append(self._is_still)
        if not self.guest:
            self.journal.people.stop = self.session.stop
        self._tasks.append(group.create_task(self._pump(), name="messages to the spell"))
        if not self.guest and self.journal.log is not None:
            self._tasks.append(group.create_task(self._watch(self.journal.log.path), name="requests to end the run"))
        if not self.live:
            self._tasks.append(group.create_task(self._repeat(), name="recorded messages"))
            self._tasks.append(group.create_task(self._pass_time(), name="moments"))

    def end(self) -> None:
        """Send no more; what the script said last is written down."""
        if self.session.channel in self.journal.channels:
            self.journal.channels.remove(self.session.channel)
        for task in self._tasks:
            task.cancel()
        with suppress(JournalError):  # whoever writes down how the run ended is told
            self._write_said()
        if self._write_said in self.journal.unsaid:
            self.journal.unsaid.remove(self._write_said)
            self.journal.people.stills.remove(self._is_still)

    def lost(self, error: LlmspellError) -> None:
        """Hear why the engine has died: a spell whose own engine others ended was cut off, and may be taken up."""
        if not self.guest and by_others(error):
            self.journal.cut_off()

    def _is_still(self) -> bool:
        """Tell whether nothing is on its way to the script."""
        return self.live and not self._outgoing and not self._sending

    # -- from the script -----------------------------------------------------------------------------------------------

    def hear(self, message: Message) -> bool:
        """Compare what the script says with what was recorded; tell whether it has still to be done.

        What it says for nobody to answer (prints, logs) was done when it was recorded.
        """
        said = told(message)
        self.journal.progress += 1
        self._moved.set()
        if said is None or (self.journal.strict and said.kind == POST):
            return True
        if not self._expected:
            self._said.append(said)
            return True
        expected = self._expected.popleft()
        found = contradiction(expected, said, message)
        if found is not None and self.journal.strict:  # the spell was edited: its effects tell whether that matters
            self._expected.clear()
            self._recorded.clear()
            return True
        if found is not None:
            self.journal.failure = self.journal.failure or found
            self.session.stop(found)
            return False
        return said.kind != POST

    # -- to the script -------------------------------------------------------------------------------------------------

    async def hello(self, message: Message) -> None:
        """Send the first message: the recorded one, with the source and parameters of now, or this one."""
        self.journal.channels.append(self.session.channel)  # an engine that starts has something to say yet
        if self._recorded:
            recorded, _ = self._recorded.popleft()
            own = {key: message.get(key) for key in ("name", "source", "params")}  # a replay may have others
            message = cast("Message", {**recorded, **own})
            if not self._recorded:
                self._go_live()
        else:
            message = cast("Message", {**message, "durable": True, "now": self._now()})
            self.journal.note("in", g=self.guest, m=message)
            await self.journal.commit()
        await self.session.channel.send([message])

    def offer(self, key: Key, make: Make, **about: object) -> asyncio.Future[bool]:
        """Have a message for the script: sent now, or when it is its turn; the future tells whether it was.

        `make` is given the recorded message, None where there is none, and gives the message.
        """
        offer = Offer(make, asyncio.get_running_loop().create_future(), about)
        self.journal.progress += 1
        if key in self._told:
            self._bind(offer, self._told.pop(key))
            offer.delivered.set_result(True)
        elif self.live:
            self._deliver(key, offer)
        else:
            self._offers[key] = offer
            self._moved.set()
        return offer.delivered

    def withdraw(self, key: Key) -> None:
        """Take an offer back whose turn has not come."""
        self._offers.pop(key, None)

    def gone(self, key: Key) -> None:
        """Say that there will be no offer under this key."""
        self._gone.add(key)
        self._moved.set()

    def give_back(self, number: int, count: int) -> None:
        """Remember that nobody holds a function of the script any more; the script is told after the next message."""
        self._released[number] = self._released.get(number, 0) + count

    def _deliver(self, key: Key, offer: Offer) -> None:
        """Write a message down and have it sent."""
        try:
            message = offer.make(None)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever offered it
            if not offer.delivered.done():
                offer.delivered.set_exception(error)
            return
        if message["t"] in CLOCKED:
            message = cast("Message", {**message, "now": self._now()})
        named = {"key": key[1]} if message["t"] == "invoke" else {}
        self._record(message, offer, **named, **offer.about)
        if freed := {number: count for number, count in self._released.items() if count > 0}:
            self._released.clear()
            numbers = [number for number, count in freed.items() for _ in range(count)]
            self._record(cast("Message", {"t": "release", "fn": numbers}), None)

    def _record(self, message: Message, offer: Offer | None, **about: object) -> None:
        try:
            self._write_said()
            if self.journal.failure is None:  # what contradicts the records is no part of the run
                self.journal.note("in", g=self.guest, m=message, **about)
        except JournalError as error:  # the script gets nothing that is not on record
            self._fail(error, [offer])
            return
        self._outgoing.append((message, offer))
        self._wake.set()

    def _write_said(self) -> None:
        if self._said and self.journal.failure is None:
            said, self._said = self._said, []
            self.journal.note("out", g=self.guest, m=[list(one) for one in said])

    def _now(self) -> float:
        """Give the time that the script is told; in a replay it stands still after the last recorded moment."""
        return self._last_moment if self.journal.strict else self.session.app.services.clock.now()

    async def _pump(self) -> None:
        """Send what is on the disk."""
        messages: list[tuple[Message, Offer | None]] = []
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                messages, self._outgoing = self._outgoing, []
                self._sending = True
                await self.journal.commit()
                for message, offer in messages:
                    await self.session.channel.send([message])
                    if offer is not None and not offer.delivered.done():
                        offer.delivered.set_result(True)
                self._sending = False
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the script
            self._fail(as_llmspell_error(error), [offer for _, offer in (*messages, *self._outgoing)])

    def _fail(self, error: LlmspellError, offers: list[Offer | None]) -> None:
        """End the script, which cannot be told any more, and tell who had something for it."""
        self.lost(error)
        self.session.stop(error)
        for offer in offers:
            if offer is not None and not offer.delivered.done():
                offer.delivered.set_exception(error)
                offer.delivered.exception()  # not everybody waits

    async def _watch(self, log: Path) -> None:
        """End the run when another process asks for it."""
        while not cancel_requested(log):  # noqa: ASYNC110 - another process makes the file
            await asyncio.sleep(LOOK)
        forget_cancel(log)
        self.session.stop(RunCancelledError("the run was cancelled", suggestions=["begin it anew, or fork it"]))

    # -- what was recorded ---------------------------------------------------------------------------------------------

    async def _repeat(self) -> None:
        """Give the script what was recorded, each message when its turn has come; then go on."""
        try:
            while self._recorded:
                message, record = self._recorded[0]
                offer = await self._turn(message, record)
                if not self._recorded:  # the spell of a replay has left the recorded way
                    if offer is not None:
                        self._offers[_key(message, record)] = offer
                    break
                message = self._bind(offer, message)
                self._recorded.popleft()
                self._last_moment = message.get("now", self._last_moment)
                self.journal.progress += 1
                await self.session.channel.send([message])
                if offer is not None and not offer.delivered.done():
                    offer.delivered.set_result(True)
            self._go_live()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the script
            self.session.stop(as_llmspell_error(error))

    def _go_live(self) -> None:
        self.live = True
        if not self.guest:
            self.journal.caught_up()
        cut, self.cut = self.cut, {}
        for number, text in cut.items():
            self.streams.interrupt(number, text)
        offers, self._offers = self._offers, {}
        for key, offer in offers.items():
            self._deliver(key, offer)

    async def _turn(self, message: Message, record: dict[str, Any]) -> Offer | None:
        """Wait until a recorded message may be given; give the offer that it answers."""
        match message["t"]:
            case "settle":
                key = _key(message, record)
                if not await self._awaited(key):
                    self.calls.abandon(message["id"])
                return self._offers.pop(key, None)
            case "invoke":
                key = _key(message, record)
                issuer = str(record["key"]).partition("|")[0]
                if issuer != APART and not self.journal.recorded.covered(issuer):
                    await self._awaited(key)
                offer = self._offers.pop(key, None)
                if offer is None:
                    self._told[key] = message
                    self.invocations.stand_in(message, record.get("p"), issuer)
                return offer
            case "item" if "value" not in message:
                await self._awaited(("end", message["s"]))
            case "cancel":
                self.invocations.given_up(message["id"])
                self._told["cancel", message["id"]] = message
                self._offers.pop(("cancel", message["id"]), None)
            case "release":
                for number in cast("list[int]", message["fn"]):
                    self._released[number] = self._released.get(number, 0) - 1
        return None

    def _bind(self, offer: Offer | None, message: Message) -> Message:
        """Have the objects that the kernel made anew known under their recorded numbers; give what the script gets."""
        given = message
        mentioned = references(message)
        self.session.handles.expect([one for one in mentioned if one.kind != STREAM])
        self.streams.expect([one.number for one in mentioned if one.kind == STREAM])
        if offer is not None:
            try:
                given = self.calls.current(message, offer.make(message))
            except Exception as error:  # noqa: BLE001 - the script gets what was recorded
                log.debug("what was computed anew for a recorded message failed: %s", error)
        self.session.handles.expect(())
        self.streams.expect(())
        return given

    async def _awaited(self, key: Key) -> bool:
        """Wait until something is offered or will not be; False when nothing moves any more and it is neither."""
        still, before = 0, self.journal.progress
        while self._recorded and key not in self._offers and key not in self._gone:
            moment = self._moments
            self._moved.clear()
            await self._moved.wait()
            if self._moments == moment:
                continue
            moving = self.journal.progress != before or self.journal.moving
            still, before = 0 if moving else still + 1, self.journal.progress
            if still > STILL:  # the first moment was under way
                return False
        return True

    async def _pass_time(self) -> None:
        while not self.live:
            await asyncio.sleep(MOMENT)
            self._moments += 1
            self._moved.set()

    async def quiet(self) -> None:
        """Wait until the records are used up, or nothing moves any more."""
        still = 0
        while not self.live and still < STILL:
            before = self.journal.progress
            await asyncio.sleep(MOMENT)
            still = 0 if self.journal.progress != before or self.journal.moving else still + 1


def _key(message: Message, record: dict[str, Any]) -> Key:
    """Give the key under which the kernel offers a settle or an invoke."""
    return (message["t"], message["id"] if message["t"] == "settle" else record["key"])
