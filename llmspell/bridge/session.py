"""A session: one script in one engine, from the first message to the last.

The script is a machine behind a channel. Its calls run side by side as tasks of one group, its functions can be called
while its own calls are outstanding, and when its main chunk returns everything it left behind is cancelled and awaited.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakValueDictionary

from llmspell.bridge.callbacks import DEFAULT_TIMEOUT, Callback
from llmspell.bridge.calls import Calls
from llmspell.bridge.caps import Caps
from llmspell.bridge.definition import Namespace
from llmspell.bridge.dispatch import posted
from llmspell.bridge.faults import as_llmspell_error, check_hello, encoded_or_text, isolated, log, to_wire
from llmspell.bridge.handles import HandleTable
from llmspell.bridge.invocations import MAIN, Invocations, ended
from llmspell.bridge.releases import take_back
from llmspell.bridge.sender import Sender
from llmspell.bridge.streams import Streams
from llmspell.bridge.values import Crossing, decode_arguments, encode
from llmspell.errors import (
    LlmspellError,
    ScriptError,
    ScriptResourceError,
)
from llmspell.runtime.waiting import while_running
from llmspell.spec.wire import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from llmspell.bridge.calls import Pending
    from llmspell.bridge.durable.boundary import Boundary
    from llmspell.bridge.script_modules import ModuleOperation
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.host.channel import Channel
    from llmspell.runtime.run import Run
    from llmspell.spec.wire import Message

N = TypeVar("N", bound=Namespace)
_AT_ONCE = 8
"""How often a function of the script may call and be answered before whoever called it lets the loop turn."""


class SpellSession:
    """Drive one script.

    run        the run whose rights, hooks, tools and store the script uses
    channel    where the engine is
    language   `lua`, `javascript` or `python`: decides what a bare duration counts
    on_print   receives each line the script prints
    ctx        on whose behalf the script works; None means the run itself
    files      the script's file and before it those of the scripts that loaded it, below the run's root
    """

    def __init__(
        self,
        run: Run,
        channel: Channel,
        *,
        language: str = "lua",
        on_print: Callable[[str], object] = print,
        caps: Caps | None = None,
        ctx: CallContext | None = None,
        files: tuple[str, ...] = (),
    ) -> None:
        self.app = run.app
        self.run = run
        self.language = language
        self.bare = "ms" if language == "javascript" else "s"
        self.on_print = on_print
        self.ctx = ctx or run.context()
        self.files = files
        self.on_file: Callable[[str], object] = lambda _: None
        """Told of every file below the spell's folder that it asks for, also in vain."""
        self.handles = HandleTable()
        self.overlay: dict[str, object] = {}
        self.ended = False
        self.failure: LlmspellError | None = None
        """Why the engine died, when it did."""
        self.channel = channel
        channel.on_post = self._received
        self.caps = caps or Caps()
        self.limits = channel.limits
        self.began = self.app.services.clock.monotonic()
        self._namespaces: dict[type[Namespace], Namespace] = {}
        self.brought: dict[str, ModuleOperation] = {}  # functions of plugins that the script has called
        self._callbacks: WeakValueDictionary[int, Callback] = WeakValueDictionary()
        self.sender = Sender(channel)
        self.calls = Calls(self, self.caps.calls)
        self.invocations = Invocations(self, self.caps.invocations)
        self.streams = Streams(self.spawn, self._send_item)
        self.boundary: Boundary | None = None
        if run.journal.active:
            from llmspell.bridge.durable.session import make_durable  # noqa: PLC0415 - paid by durable runs

            make_durable(self)
        self._group: asyncio.TaskGroup | None = None
        self._reader: asyncio.Task[None]
        self._engine_ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        wide = language != "javascript"
        self.crossing = Crossing(
            self.handles.get, self._callback, self.handles.put, self._function, self.streams.open, wide
        )

    # -- for the namespaces --------------------------------------------------------------------------------------------

    def namespace(self, kind: type[N]) -> N:
        """Give this session's instance of a namespace, made when it is first asked for."""
        found = self._namespaces.get(kind)
        if found is None:
            found = self._namespaces[kind] = kind(self)
        return cast("N", found)

    def task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run work that raises nothing in the session's group; raises `ScriptRuntimeError` when that has ended."""
        if self._group is None or self.ended:
            work.close()
            raise ended()
        task = self._group.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def adopt(self, name: str) -> asyncio.Task[None]:
        """Make the running task, one of the group's, that of a call which began in it; it ends with the session."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def caller(self, message: Message) -> CallContext:
        """Give a call the context of whoever made it: the run, or the caller of the function it comes from."""
        caller = self.invocations.caller(cast("int", message.get("in", MAIN)))
        return self.ctx.child(message["op"]) if caller is None else caller.within(None, message["op"])

    def spawn(self, work: Awaitable[None], name: str) -> asyncio.Task[None]:
        """Run something beside the script, at most until it ends; raises `ScriptRuntimeError` when it has ended."""
        if self._group is None or self.ended:
            if inspect.iscoroutine(work):
                work.close()
            raise ended()
        task = self.task(isolated(work, name), name)
        if asyncio.iscoroutine(work):
            task.add_done_callback(lambda _: work.close())  # one cancelled before it began was never awaited
        return task

    async def invoke(
        self,
        number: int,
        arguments: list[object],
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        ctx: CallContext | None = None,
    ) -> object:
        """Call a function of the script, on behalf of `ctx`, and return its value; see `Callback` for the errors."""
        if self.ended or self._group is None:
            raise ended()
        return await self.invocations.call(number, arguments, timeout, ctx)

    async def evaluate(self, source: str, name: str) -> Mapping[str, object]:
        """Run one input of a read-eval loop; give `{shown}`, `{more}` or nothing, see spec/wire.py.

        Raises what the input raised.
        """
        if self.ended or self._group is None:
            raise ended()
        return await self.invocations.evaluate(source, name)

    def cancel_inputs(self) -> None:
        """End the inputs that wait; `evaluate` raises what comes of it."""
        self.invocations.cancel_inputs()

    def stop(self, cause: LlmspellError) -> None:
        """Stop the script for good; whoever waits for it gets the cause."""
        self.channel.kill(cause)

    # -- the life of the session ---------------------------------------------------------------------------------------

    async def drive(
        self,
        *,
        params: object = None,
        env: object = None,
        body: Callable[[SpellSession], Awaitable[object]] | None = None,
        until: Callable[[object], Awaitable[None]] | None = None,
        **hello: object,
    ) -> object:
        """Start the script and return the value of its main chunk; `hello` are further fields of the first message.

        With `body` the session lives as long as that instead: its value is the value, and the main chunk never runs.
        With `until` the script goes on after that, its functions can be called, until `until(value)` has been awaited.
        Raises what the script raised (`ScriptError` or the kernel error it did not catch), and what the channel says
        when the engine died.
        """
        values = {"params": self.out(params or {}), "env": self.out(env or {})}
        greet = self.sender.send if self.boundary is None else self.boundary.hello
        await greet(cast("Message", {"t": "hello", "v": VERSION, **hello, **values}))
        first, *rest = await self.channel.receive()
        check_hello(first)
        value, failure = None, None
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                if self.boundary is not None:
                    self.boundary.begin(group)
                self._read_on(group, rest)
                try:
                    value = await (self.invoke(MAIN, [], timeout=None) if body is None else body(self))
                    if until is not None:
                        await while_running(until(value), self._engine_ended)
                        if self.failure is not None:
                            raise self.failure
                    for namespace in list(self._namespaces.values()):
                        await namespace.finishing()
                except asyncio.CancelledError:
                    self.run.journal.cut_off()
                    raise
                except Exception as error:  # noqa: BLE001 - raised below, outside the group that would wrap it
                    failure = as_llmspell_error(error)
                finally:
                    self._end()
                    self._reader.cancel()
        finally:
            await self._clean_up()
        if failure is not None:
            raise failure
        return value

    def _read_on(self, group: asyncio.TaskGroup, messages: list[Message]) -> None:
        self._reader = group.create_task(self._read(group, messages), name="messages of the spell")

    async def _read(self, group: asyncio.TaskGroup, messages: list[Message]) -> None:
        """Handle messages until the engine ends; then everything that waits for the script fails with the reason.

        When the last message was a call that waits, this becomes that call's task, and another one reads on.
        """
        try:
            while True:
                pending = self._handle(messages)
                self.calls.flush()
                if pending is not None:
                    self._read_on(group, [])
                    break
                messages = await self.channel.receive()
        except Exception as error:  # noqa: BLE001 - told to whoever waits, the main chunk among them
            self.failure = as_llmspell_error(error)
            if self.boundary is not None:
                self.boundary.lost(self.failure)
            self._engine_ended.set()
            self.invocations.fail(self.failure)
            return
        await self.calls.finish(pending)

    def _handle(self, messages: list[Message]) -> Pending | None:
        """Handle messages; give the last one's call when it waits."""
        if not messages:
            return None
        if self.boundary is not None:
            for message in messages:
                self._received(message)
            return None
        *earlier, last = messages
        for message in earlier:
            self._received(message)
        if last["t"] == "call" and not self.ended:
            return self.calls.take_last(last)
        self._received(last)
        return None

    def hear(self, answer: asyncio.Future[object]) -> bool:
        """Handle what an engine in this process has said already; tell whether the answer was among it.

        A turn or two of the loop are saved for each function of a script that does not wait: a hook, a condition.
        """
        try:
            for _ in range(_AT_ONCE):
                messages = self.channel.heard()
                if not messages:
                    break
                for message in messages:
                    self._received(message)
                self.calls.flush()
                if answer.done():
                    return True
        except Exception as error:  # noqa: BLE001 - told to who reads, and by it to everybody who waits
            self.channel.kill(as_llmspell_error(error))
        return False

    def _end(self) -> None:
        """Refuse what comes from now on and cancel what the script left behind."""
        self.ended = True
        if self.boundary is not None:
            self.boundary.end()
        for namespace in self._namespaces.values():
            namespace.detach()
        self.streams.close_all()
        for task in list(self._tasks):
            task.cancel()
        self.invocations.fail(ended())

    async def _clean_up(self) -> None:
        self._group = None
        for namespace in reversed(self._namespaces.values()):
            await namespace.ended()
        self.handles.clear()

    # -- messages ------------------------------------------------------------------------------------------------------

    def _received(self, message: Message) -> None:
        if self.ended or (self.boundary is not None and not self.boundary.hear(message)):
            return
        handler = _HANDLERS.get(message["t"])
        if handler is None:
            text = f"the engine sent a message of the unknown type {message.get('t')!r}"
            raise ScriptError(text)
        handler(self, message)

    def _on_call(self, message: Message) -> None:
        self.calls.take(message)

    def _on_post(self, message: Message) -> None:
        if message.get("op") == "print" and len(message.get("args", ())) == 1 and isinstance(message["args"][0], str):
            self.on_print(message["args"][0])  # the one post of a first spell: it needs no binder and no namespace
            return
        try:
            given = decode_arguments(message.get("args") or (), self.crossing)
            posted(message["op"], self).call(self, given, self.ctx)
        except LlmspellError as error:
            log.warning("%s of the spell failed: %s", message.get("op"), error)  # nobody waits for the answer of a post

    def _on_return(self, message: Message) -> None:
        self.invocations.returned(message)

    def _on_release(self, message: Message) -> None:
        for number in cast("list[int]", message.get("fn") or []):
            self._callbacks.pop(number, None)
        for number in cast("list[int]", message.get("s") or []):
            self.streams.close(number)
        if message.get("h"):
            take_back(self, message["h"])

    # -- values --------------------------------------------------------------------------------------------------------

    def out(self, value: object) -> object:
        """Give the wire form of a value; raises `ConversionError` naming the path of what cannot cross."""
        return encode(value, self.crossing)

    def error(self, error: BaseException) -> dict[str, object]:
        """Give the wire form of an error; what of it cannot cross is told as text."""
        return {key: encoded_or_text(self.out, value) for key, value in self.told(error).items()}

    def told(self, error: BaseException) -> dict[str, object]:
        """Write an error for the script; one that nobody has traced yet carries the id of this run."""
        known = self.app.services.mask_error(as_llmspell_error(error))
        known.trace_id = known.trace_id or self.run.id
        return to_wire(known)

    def _callback(self, number: int) -> Callback:
        found = self._callbacks.get(number)
        if found is None:
            if len(self._callbacks) >= self.caps.callbacks:
                message = f"the spell registered {self.caps.callbacks} functions, which is the limit"
                raise ScriptResourceError(message)
            found = self._callbacks[number] = Callback(self, number)
        found.sent += 1
        return found

    def _function(self, function: Callback) -> dict[str, object]:
        """Give the form of a function: the script's own by its number, one of another script as a handle."""
        if function.session is self:
            return {"$fn": function.number}
        return {"$h": list(self.handles.put(function.abroad()))}

    async def _send_item(self, message: Message) -> None:
        if not self.ended:
            await self.sender.send(self.item(message))

    def item(self, message: Message) -> Message:
        """Give the item of a stream in the form of the wire."""
        if "value" in message:
            return {**message, "value": self.out(message["value"])}
        return {**message, "error": self.error(message["error"])} if "error" in message else message


_HANDLERS: dict[str, Callable[[SpellSession, Message], None]] = {
    "call": SpellSession._on_call,  # noqa: SLF001 - the table belongs to the class
    "post": SpellSession._on_post,  # noqa: SLF001
    "return": SpellSession._on_return,  # noqa: SLF001
    "cancel": lambda session, message: session.calls.cancel(message["id"]),
    "release": SpellSession._on_release,  # noqa: SLF001
    "credit": lambda session, message: session.streams.credit(message["s"], message["n"]),
}
