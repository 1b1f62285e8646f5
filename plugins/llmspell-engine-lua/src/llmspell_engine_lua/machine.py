"""The Lua engine: one runtime per run, driven by messages. See `llmspell.spec.engines.EngineMachine`.

Only numbers, booleans, None and bytes cross between Python and Lua: no Python object, exception or callable is ever
in a script's reach. (One callable is in Lua's: the prelude keeps `_speak` to itself, which takes bytes, gives True or
False, and never raises.) Scalars cross as they are, plain values as tables of bytes (`plain.py`), everything else as
JSON text that Lua decodes; the outbox comes back as one JSON text, or in four parts when it is a single call.
"""

from __future__ import annotations

import json
from binascii import a2b_base64

from lupa.lua54 import LuaError, LuaMemoryError, LuaRuntime

from llmspell_engine_lua.plain import NotPlain, as_plain
from llmspell_engine_lua.prelude import compiled, open_prelude

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from llmspell.spec.wire import Message

    Outbox = bytes | tuple[bytes, bytes, int, int | None, bytes | None] | None

_MIB = 1024 * 1024
_DEFAULT_MEMORY = 512 * _MIB
_RESERVE = 16 * _MIB  # above the limit, so that a crossing never meets a full allocator: lupa aborts the process there
_SMALL = 65536  # bytes a crossing may always add without a look at the allocator
_INT64 = 1 << 63
_ENDLESS = 1e15  # seconds of CPU time: no limit, but a script that runs is interrupted and can be stopped
_SOURCE_CAP = 4 * _MIB
_DONE, _FAILED = True, False
_FEW = 4  # arguments that cross without JSON when all are scalars
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # what raw_decode calls, without its wrapper
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def _refuse_attributes(_obj: object, _name: object, _setting: object) -> NoReturn:
    """Close attribute access of Python objects: a second wall behind having none in reach."""
    raise AttributeError("not available in a spell")


def _dumps(value: object) -> bytes:
    return _encode(value).encode("utf-8", "replace")


class LuaMachine:
    """Run one spell in one Lua 5.4 runtime.

    `feed` is synchronous: it takes one message, lets Lua run until everything waits, and gives what Lua sent. After a
    kill (CPU, memory, output) every open invoke is answered with the reason and the machine refuses further work.
    """

    def __init__(self) -> None:
        self._runtime: Any = None
        self._door: dict[str, Callable[..., Any]] = {}
        self._settle: Callable[..., Outbox]
        self._settle_json: Callable[..., Outbox]
        self._invoke_plain: Callable[..., Outbox]
        self._memory = _DEFAULT_MEMORY
        self._timed = False
        self._durable = False
        self._dead = ""
        self._failure: BaseException | None = None
        self.speak: Callable[[Message], None] | None = None
        self.stopping: Callable[[], bool] | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Raise an error in the input that runs, where it is; safe to call while `feed` runs."""
        self._interrupted = True

    def rehearse(self) -> None:
        """Read the prelude, which is most of a spell's start."""
        compiled()

    def feed(self, message: Message) -> list[Message]:
        """Take one message of the wire contract and give the answers.

        Raises `ValueError` on an unknown message type.
        """
        kind = message["t"]
        if self._dead:
            return self._refuse(message)
        if kind == "settle":
            return self._run(self._settle_message, message)
        handler = self._HANDLERS.get(kind)
        if handler is None:
            raise ValueError(f"the Lua engine knows no message {kind!r}")
        if self._runtime is None and kind != "hello":
            raise ValueError(f"the Lua engine got {kind!r} before hello")
        return self._run(handler.__get__(self), message)

    def close(self) -> None:
        """Drop the runtime and all it holds."""
        self._dead = self._dead or "closed"
        self._door = {}
        self._settle = self._settle_json = self._invoke_plain = _gone
        self._runtime = None

    def _run(self, handler: Callable[[Message], Outbox], message: Message) -> list[Message]:
        try:
            if self._durable and "now" in message:
                self._door["now"](float(message["now"]))
            out = handler(message)
            if self._timed:
                self._door["rest"]()
        except LuaMemoryError:
            return self._fail(b"memory")
        except LuaError as error:
            if self._failure is not None:
                self.close()
                raise self._failure from None
            return self._fail(b"memory" if "not enough memory" in str(error) else b"internal", error)
        messages = _messages(out)
        if self._runtime.get_memory_used() > self._memory:
            self._runtime.gccollect()
            if self._runtime.get_memory_used() > self._memory:
                messages += self._fail(b"memory")
        return messages

    def _speak(self, text: bytes) -> bool | None:
        """Hand on one post while Lua runs, or none; False stops the run, and what failed is raised outside of Lua.

        None, an answer to no post, interrupts what runs. That Python code runs here at all lets it handle signals.
        """
        if self._interrupted and not text:
            self._interrupted = False
            return None
        try:
            if text and self.speak is not None:
                self.speak(_scan(text.decode(), 0)[0])
            if self.stopping is not None and self.stopping():
                return False
        except BaseException as error:  # noqa: BLE001 - an exception would enter the script's reach
            self._failure = error
            return False
        return True

    def _fail(self, reason: bytes, cause: Exception | None = None) -> list[Message]:
        """End the run: all open invokes are answered with the reason of the kill."""
        self._runtime.set_max_memory(0)
        out = self._door["fail"](reason) if self._door else None
        self._dead = "the spell was stopped"
        messages = _messages(out)
        if not messages and cause is not None:
            raise RuntimeError(f"the Lua engine failed: {cause}") from None
        self.close()
        return messages

    def _refuse(self, message: Message) -> list[Message]:
        if message["t"] not in ("invoke", "eval"):
            return []
        kind = "ended" if message["t"] == "eval" else "runtime"
        error = {"type": kind, "code": 4002, "message": self._dead, "recoverable": False, "suggestions": []}
        return [{"t": "return", "id": message["id"], "ok": False, "error": error}]

    def _make_room(self, size: int) -> None:
        """Make sure that `size` bytes can be pushed without an allocation failure outside of Lua's protection."""
        runtime = self._runtime
        limit = self._memory + _RESERVE
        if runtime.get_memory_used() + size + _SMALL > limit:
            runtime.gccollect()
            if runtime.get_memory_used() + size + _SMALL > limit:
                raise LuaMemoryError("not enough memory")

    def _text(self, value: object) -> bytes:
        text = _dumps(value)
        if len(text) > _SMALL:
            self._make_room(len(text))
        return text

    def _table(self, value: Any) -> Any:
        """Give a Lua table for a list or a map that is plain, None for whatever has to be decoded by Lua."""
        try:
            plain, size = as_plain(value)
        except NotPlain:
            return None
        runtime = self._runtime
        if runtime.get_memory_used() + size + _SMALL > self._memory + _RESERVE:
            return None
        try:
            return runtime.table_from(plain, recursive=True)
        except OverflowError:  # a whole number of more than 64 bits
            return None

    def _settle_message(self, message: Message) -> Outbox:
        if not message["ok"]:
            return self._settle_json(message["id"], _FAILED, self._text(message["error"]))
        value = message.get("value")
        if _is_scalar(value):
            return self._settle(message["id"], _DONE, value)
        if type(value) is str:
            text = value.encode("utf-8", "replace")
            if len(text) > _SMALL:
                self._make_room(len(text))
            return self._settle(message["id"], _DONE, text)
        table = self._table(value)
        if table is not None:
            return self._settle(message["id"], _DONE, table)
        try:
            encoded = self._text(value)
        except (ValueError, TypeError, RecursionError) as error:
            fault = {"type": "conversion", "code": 4101, "message": f"the result cannot cross: {error}"}
            return self._settle_json(message["id"], _FAILED, _dumps(fault))
        return self._settle_json(message["id"], _DONE, encoded)

    def _hello(self, message: Message) -> bytes:
        limits = dict(message.get("limits") or {})
        self._memory = int(limits.get("memory") or _DEFAULT_MEMORY)
        stoppable = self.stopping is not None or message.get("interactive")
        cpu = _ENDLESS if limits.get("cpu") is None and stoppable else limits.get("cpu")
        self._timed = cpu is not None
        limits = {
            "memory": self._memory,
            "cpu": cpu,
            "output": int(limits.get("output") or 10 * _MIB),
            "calls": int(limits.get("calls") or 4096),
            "string": self._memory // 2,
        }
        self._open()
        self._durable = bool(message.get("durable"))
        self._begin(message)
        source = message["source"].encode("utf-8", "replace")
        if len(source) > _SOURCE_CAP:
            return _refusal("resource_exhausted", 4009, f"the script is longer than {_SOURCE_CAP} bytes")
        fault: bytes | None = self._door["hello"](
            message["api"].encode(),
            _dumps(message.get("env") or {}),
            _dumps(message.get("params") or {}),
            _dumps(limits),
            message["name"].encode(),
            source,
            bool(message.get("exports")),
            self._durable,
        )
        if fault is not None:
            return b'[{"t":"hello","ok":false,"v":1,"error":' + fault + b"}]"
        major, minor = self._runtime.lua_version
        return f'[{{"t":"hello","ok":true,"v":1,"engine":"lua","version":"{major}.{minor}"}}]'.encode()

    def _begin(self, message: Message) -> None:
        """Say what a run's clock and its random numbers begin with."""
        self._door["now"](float(message.get("now") or 0.0))
        seed = a2b_base64(message.get("seed") or "")
        if seed or self._durable:  # no seed is one, too: Lua's own is an address
            self._door["seed"](*(int.from_bytes(seed[at : at + 8], "little", signed=True) for at in (0, 8)))

    def _open(self) -> None:
        """Make the Lua state, and the functions that lead into it."""
        self._runtime = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_refuse_attributes,
            max_memory=self._memory + _RESERVE,
        )
        door = open_prelude(self._runtime)
        self._door = {name.decode(): function for name, function in door.items()}
        if self.speak is not None:
            self._door["speaker"](self._speak)
        self._settle, self._invoke_plain = self._door["settle"], self._door["invoke"]
        self._settle_json = self._door["settle_json"]

    def _invoke(self, message: Message) -> Outbox:
        args = message.get("args") or ()
        if len(args) <= _FEW and all(map(_is_scalar, args)):
            return self._invoke_plain(message["id"], message["fn"], len(args), *args)
        tables = [one if _is_scalar(one) else self._table(one) for one in args] if len(args) <= _FEW else []
        if tables and all(table is not None or one is None for table, one in zip(tables, args, strict=True)):
            return self._invoke_plain(message["id"], message["fn"], len(args), *tables)
        out: Outbox = self._door["invoke_json"](message["id"], message["fn"], self._text(args))
        return out

    def _eval(self, message: Message) -> Outbox:
        self._interrupted = False
        source = message["source"].encode("utf-8", "replace")
        self._make_room(len(source))
        out: Outbox = self._door["eval"](message["id"], message["name"].encode(), source)
        return out

    def _item(self, message: Message) -> Outbox:
        text = self._text(message["value"]) if "value" in message else None
        fault = _dumps(message["error"]) if message.get("error") else None
        out: Outbox = self._door["item"](message["s"], text, bool(message.get("done")), fault)
        return out

    def _cancel(self, message: Message) -> Outbox:
        out: Outbox = self._door["cancel"](message["id"])
        return out

    def _release(self, message: Message) -> None:
        for number in message.get("fn") or ():
            self._door["release"](number)

    _HANDLERS: dict[str, Any] = {  # noqa: RUF012 - bound once, never written
        "hello": _hello,
        "invoke": _invoke,
        "eval": _eval,
        "item": _item,
        "cancel": _cancel,
        "release": _release,
    }


def _messages(out: Outbox) -> list[Message]:
    if type(out) is tuple:
        args, op, number, within, place = out
        call: Message = {"t": "call", "id": number, "op": op.decode(), "args": _scan(args.decode(), 0)[0]}
        if within is not None:
            call["in"] = within  # type: ignore[typeddict-unknown-key]  # no name for a field of a class
        if place is not None:
            call["at"] = place.decode("utf-8", "replace")
        return [call]
    return [] if out is None else _scan(out.decode(), 0)[0]  # type: ignore[union-attr]  # it is bytes


def _is_scalar(value: Any) -> bool:
    kind = type(value)
    return value is None or kind is bool or kind is float or (kind is int and -_INT64 <= value < _INT64)


def _gone(*_args: object) -> None:
    raise LuaError("the runtime is closed")


def _refusal(kind: str, code: int, message: str) -> bytes:
    error = {"type": kind, "code": code, "message": message, "recoverable": False, "suggestions": []}
    return b'[{"t":"hello","ok":false,"v":1,"error":' + _dumps(error) + b"}]"
