"""The traffic of one run: calls and posts that go out, answers and functions that come in."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import re
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

from llmspell_engine_python.errors import ScriptError, from_wire
from llmspell_engine_python.names import snake
from llmspell_engine_python.objects import ForeignFunction, Handle, Received, Stream
from llmspell_engine_python.place import INVOKE
from llmspell_engine_python.values import Decoder, Encoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.wire import Message
    from llmspell_engine_python.errors import LlmspellError
    from llmspell_engine_python.loop import SpellLoop
    from llmspell_engine_python.place import Place

MAX_CALLBACKS = 100_000
STEP, MOST = 1000, 10_000
"""How many objects more than were left after a collection are reason for another one, at least and at most."""
MAX_MESSAGE = 16 * 1024 * 1024 - 65536
"""Bytes, as the wire has it, and room for what is around the values."""


class StoppedError(BaseException):
    """End a script that passed a limit; it is no `Exception`, so that ordinary handlers let it pass."""


class Reply(asyncio.Future[Any]):
    """The answer to one call, to come. Who stops waiting for it takes the call back."""

    def __init__(self, bridge: Bridge, number: int, where: Place | None) -> None:
        super().__init__(loop=bridge.loop)
        self.where = where
        self._bridge = bridge
        self._number = number

    def cancel(self, msg: Any = None) -> bool:
        """Give up."""
        if not super().cancel(msg):
            return False
        self._bridge.give_up(self._number)
        return True


class Bridge:
    """Send what the script says and hand it what the kernel says.

    `files` are the names of the script's sources, `absent` names that the API does not have yet with the reason,
    `places` where operations take a function, `speak` takes posts at once where the process around us offers that,
    `mark` tells where in the script a call is made where the kernel wants to know.
    """

    def __init__(self, loop: SpellLoop) -> None:
        self.loop = loop
        self.out: list[Message] = []
        self.files: set[str] = set()
        self.absent: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.speak: Callable[[Message], None] | None = None
        self.mark: Callable[[Place | None], str] | None = None
        self.stopped: str = ""
        self.failure: BaseException | None = None
        self.main: asyncio.Task[Any] | None = None
        self.closed = False
        self.calls_limit = 4096
        self.output_limit = 10 << 20
        self.decode = Decoder(self._object)
        self.name_tools: Callable[[set[str]], None] = lambda _: None
        self._written = 0
        self._last_call = 0
        self._last_function = 0
        self._waiting: dict[int, Reply] = {}
        self._kinds: dict[str, dict[str, str]] = {}
        self._own: dict[str, dict[str, Any]] = {}
        self._handles: WeakValueDictionary[tuple[str, int], Received] = WeakValueDictionary()
        self.dropped: list[list[Any]] = []
        """What the script gives back: kind, number, and how often it had received the object."""
        self._handles_limit = STEP
        self._streams: WeakValueDictionary[int, Stream] = WeakValueDictionary()
        self._functions: dict[int, Callable[..., Any]] = {}
        self._numbers: dict[Any, int] = {}
        self._sent: dict[int, int] = {}

    # -- the API's names -----------------------------------------------------------------------------------------------

    def add_kind(self, kind: str, methods: dict[str, str], own: dict[str, Any]) -> None:
        """Learn the methods of a kind of handle; those in `own` the engine does itself."""
        self._kinds[kind] = methods
        self._own[kind] = own

    def methods(self, kind: str) -> dict[str, str]:
        """Give the methods of a kind of handle."""
        return self._kinds.get(kind, {})

    def own_method(self, kind: str, name: str) -> Callable[..., Any] | None:
        """Give a method that the engine does itself, None when it is the kernel's."""
        return self._own[kind].get(name)

    def is_method(self, name: str) -> bool:
        """Tell whether any kind of handle has this method."""
        found = snake(name)
        return any(found in methods for methods in self._kinds.values())

    # -- out -----------------------------------------------------------------------------------------------------------

    def encode(self, value: Any, path: str) -> Any:
        """Give the wire form of one value; raises what `Encoder` does, `ScriptError` for what fits no message."""
        encode = Encoder(self.number_of)
        return _bounded(encode(value, path), encode.size)

    def _arguments(self, op: str, args: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
        encode = Encoder(self.number_of)
        found = [encode(one, f"{op} argument {index}") for index, one in enumerate(args, 1)]
        if options:
            found.append({"$kw": encode(options, op)})
        _bounded(found, encode.size)
        return found

    def send(self, op: str, args: tuple[Any, ...], options: dict[str, Any], where: Place | None = None) -> Reply:
        """Send a call and give its answer to come; `where` is what its failure says of its place."""
        self._check()
        if len(self._waiting) >= self.calls_limit:
            raise ScriptError(
                f"more than {self.calls_limit} calls are outstanding",
                type="resource_exhausted",
                code=4009,
                suggestions=["wait for some first"],
            )
        arguments = self._arguments(op, args, options)
        self._last_call += 1
        number = self._last_call
        reply = self._waiting[number] = Reply(self, number, where)
        message: Message = {"t": "call", "id": number, "op": op, "args": arguments}
        within = INVOKE.get()
        if within:
            message["in"] = within  # type: ignore[typeddict-unknown-key]  # a word of the language is no field's name
        if self.mark is not None:
            _place(message, self.mark(where))
        self.out.append(message)
        return reply

    def sleep(self, milliseconds: float, place: str) -> int:
        """Ask the kernel to settle a sleep of the loop, and give its number; `place` may be nothing."""
        self._last_call += 1
        message: Message = {"t": "call", "id": self._last_call, "op": "Async.sleep", "args": [milliseconds]}
        if place:
            _place(message, place)
        self.out.append(message)
        return self._last_call

    def give_up(self, number: int) -> None:
        """Take a call back."""
        self._waiting.pop(number, None)
        if not self.closed:
            self.out.append({"t": "cancel", "id": number})

    def post(self, op: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        """Send what needs no answer. It counts as output."""
        self._check()
        if op.startswith("Log.") and args and not isinstance(args[0], str):
            args = (str(args[0]), *args[1:])
        encode = Encoder(self.number_of)
        given = [encode(one, f"{op} argument {index}") for index, one in enumerate(args, 1)]
        if options:
            given.append(encode(options, op))
        self._written += sum(len(one) if isinstance(one, str) else len(repr(one)) for one in given)
        if self._written > self.output_limit:
            self.stopped = "output"
            raise StoppedError(self.stopped)
        self.post_message({"t": "post", "op": op, "args": given})

    def post_message(self, message: Message) -> None:
        """Send a message that needs no answer."""
        if self.closed:
            return
        if self.speak is not None and message["t"] == "post":
            self.speak(message)
        else:
            self.out.append(message)

    def taken(self) -> list[Message]:
        """Give what was said since the last time, and last what was dropped: the rest may mention it."""
        out, self.out = self.out, []
        if self.dropped and not self.closed:
            dropped, self.dropped = self.dropped, []
            out.append({"t": "release", "fn": [], "h": dropped, "s": []})
        return out

    def _check(self) -> None:
        if self.closed:
            raise ScriptError("the spell has ended")
        if self.stopped:
            raise StoppedError(self.stopped)

    def can_cross(self, value: Any) -> bool:
        """Tell whether a value has a form on the wire."""
        try:
            Encoder(lambda _: 0)(value, "value")
        except Exception:  # noqa: BLE001 - the script's own objects may do anything when they are read
            return False
        return True

    # -- functions of the script ---------------------------------------------------------------------------------------

    def number_of(self, function: Callable[..., Any]) -> int:
        """Give the number under which the kernel calls a function; equal functions have one number."""
        key = _key(function)
        number = self._numbers.get(key)
        if number is None:
            if len(self._functions) >= MAX_CALLBACKS:
                raise ScriptError(
                    f"more than {MAX_CALLBACKS} functions were handed to the kernel",
                    type="resource_exhausted",
                    code=4009,
                )
            self._last_function += 1
            number = self._numbers[key] = self._last_function
            self._functions[number] = function
            self._sent[number] = 0
        self._sent[number] += 1
        return number

    def function(self, number: int) -> Callable[..., Any] | None:
        """Give the function of a number."""
        return self._functions.get(number)

    def release(self, number: int) -> None:
        """Take back one sending of a function; the last one frees it."""
        function = self._functions.get(number)
        if function is None:
            return
        self._sent[number] -= 1
        if self._sent[number] <= 0:
            del self._sent[number], self._functions[number], self._numbers[_key(function)]

    # -- in ------------------------------------------------------------------------------------------------------------

    def settle(self, message: Message) -> None:
        """Answer a call; an answer nobody waits for any more is dropped."""
        reply = self._waiting.pop(message["id"], None)
        if reply is None or reply.done():
            self._ignore(message.get("value"))
            return
        if not message["ok"]:
            error = self.error(message["error"])
            if error.where is None and reply.where is not None:
                error.where = reply.where.text()
            reply.set_exception(error)
            return
        try:
            value = self.decode(message.get("value"))
        except (ValueError, TypeError, KeyError) as error:
            reply.set_exception(ScriptError(f"the result cannot cross: {error}", type="conversion", code=4101))
        else:
            reply.set_result(value)

    def item(self, message: Message) -> None:
        """Hand an item to its stream."""
        stream = self._streams.get(message["s"])
        if stream is not None:
            stream.take(dict(message), self.decode)
        else:
            self._ignore(message.get("value"))

    def _ignore(self, value: Any) -> None:
        """Take in a value that nobody waits for: the objects in it are given back."""
        with contextlib.suppress(ValueError, TypeError, KeyError):
            self.decode(value)

    def error(self, data: Any) -> LlmspellError:
        """Make the exception for an error object of the kernel."""
        return from_wire(self.decode(data))

    def _object(self, form: str, body: Any, fields: Any) -> Any:
        if form == "$h":
            kind, number = body
            return self._received(kind, number, fields)
        if form == "$s":
            stream = self._streams[body] = Stream(self, body)
            return stream
        if form == "$fn":
            return self._functions[body]
        raise ValueError(f"the form {form!r} is unknown")

    def _received(self, kind: str, number: int, fields: Any) -> Received:
        known = self._handles.get((kind, number))
        if known is None:
            self._collect()
            known = (ForeignFunction if kind == "function" else Handle)(self, kind, number)
            self._handles[kind, number] = known
        known._receipts.times += 1  # noqa: SLF001 - a public name would hide a field of the object
        if fields is not None and isinstance(known, Handle):
            known._fields = fields
        return known

    def _collect(self) -> None:
        """Find objects in cycles when there are many more than the last time: Python does not know what they cost."""
        if len(self._handles) >= self._handles_limit:
            gc.collect()
            alive = len(self._handles)
            self._handles_limit = alive + min(max(STEP, alive), MOST)

    # -- failures nobody waits for -------------------------------------------------------------------------------------

    def must_succeed(self, future: asyncio.Future[Any]) -> None:
        """End the script when a registration that it does not wait for fails."""
        if not future.cancelled() and (error := future.exception()) is not None:
            self.end_main(error)

    def end_main(self, error: BaseException) -> None:
        """End the script because of an error that is none of its main task's; one that has been loaded only logs it."""
        if self.main is not None and self.main.done():
            self.report({"message": "nobody handles a failure", "exception": error})
            return
        self.failure = error
        if self.main is not None:
            self.main.cancel()

    def never_awaited(self, op: str, where: Place) -> None:
        """Warn that a call was made and dropped: it did nothing."""
        if not self.closed and not self.stopped:
            with contextlib.suppress(StoppedError):  # nothing can be raised here; the limit stays passed
                self.post("Log.warn", (f"{op} was never awaited, so it did nothing ({where.text()})",), {})

    def report(self, context: dict[str, Any]) -> None:
        """Log what happened to a task that nobody waits for."""
        if self.closed or self.stopped:
            return
        error = context.get("exception")
        text = str(context.get("message") or "a task failed")
        if error is not None:
            text = f"{text}: {type(error).__name__}: {error}"
        self.post("Log.error", (re.sub(r"\s+", " ", text),), {})


def _place(message: Message, place: str) -> None:
    cast("dict[str, Any]", message)["at"] = place


def _bounded(encoded: Any, characters: int) -> Any:
    """Give what was encoded; raises `ScriptError` when it fits no message. Most is far too small to be measured."""
    if characters > MAX_MESSAGE // 6:
        size = len(json.dumps(encoded, ensure_ascii=False).encode("utf-8", "replace"))
        if size > MAX_MESSAGE:
            raise ScriptError(
                f"a message of {size} bytes passes the limit of {MAX_MESSAGE} bytes",
                type="resource_exhausted",
                code=4009,
                suggestions=["send it in parts"],
            )
    return encoded


def _key(function: Callable[..., Any]) -> Any:
    """Give what two references to the same function have in common; a method is made anew each time it is named."""
    try:
        hash(function)
    except TypeError:
        return id(function)
    return function
