"""What a script holds of the kernel: namespaces, handles and streams."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.calls import GETTER, Call
from llmspell_engine_python.errors import ScriptError
from llmspell_engine_python.names import missing, snake
from llmspell_engine_python.values import Formed

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Self

    from llmspell_engine_python.bridge import Bridge
    from llmspell_engine_python.errors import LlmspellError

WINDOW = 8
"""Items of a stream that the kernel may send ahead."""


class Namespace:
    """A namespace of the API. Functions are made when they are first named, in either spelling.

    `functions` maps a name to its mark: `!` a post, `=` one of `own`, which the engine does itself. With `getter` any
    other name is a value to fetch.
    """

    def __init__(
        self, bridge: Bridge, name: str, functions: dict[str, str], own: dict[str, Any], *, getter: bool
    ) -> None:
        self._bridge = bridge
        self._name = name
        self._functions = functions
        self._own = own
        self._getter = getter

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = snake(name)
        if found in self._own:
            value = self._own[found]
        elif found in self._functions:
            value = _function(self._bridge, f"{self._name}.{found}", self._functions[found])
        elif self._getter and f"{self._name}.{found}" not in self._bridge.absent:
            return Call(self._bridge, f"{self._name}{GETTER}", (name,), {})
        else:
            known = {**self._functions, **self._own}
            raise missing(self._name, self._name, name, known, self._bridge.absent)
        self.__dict__[name] = value
        return value

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Make one: `Agent(...)` is `Agent.new(...)`."""
        if "new" not in self._functions:
            raise TypeError(f"{self._name} is no function")
        return Call(self._bridge, f"{self._name}.new", args, options)

    def __dir__(self) -> list[str]:
        return sorted({**self._functions, **self._own})

    def __repr__(self) -> str:
        return f"<namespace {self._name}>"


class LogNamespace(Namespace):
    """`log(level, message, data)` and `log.info(message, data)`; data may be given by name."""

    def __call__(self, level: str, message: Any, *data: Any, **named: Any) -> None:
        """Write a record of some level."""
        write = getattr(self, level, None) if level in self._functions else None
        if write is None:
            raise ValueError(f"log level {level!r} is none of trace, debug, info, warn, error")
        write(message, *data, **named)


class Constructor:
    """A constructor by name: `CalculatorTool(precision=30)`, also spelled `CalculatorTool.new(...)`."""

    def __init__(self, bridge: Bridge, name: str, op: str) -> None:
        self._bridge = bridge
        self._name = name
        self._op = op

    def __call__(self, *args: Any, **options: Any) -> Call:
        """Build one: a variant of a tool, an agent of a template."""
        given = {**(args[0] if args else {}), **options}
        return Call(self._bridge, self._op, (self._name, given), {})

    new = __call__

    def __repr__(self) -> str:
        return f"<constructor {self._name}>"


class Receipts:
    """How often an object of the kernel was received: when the object goes, this goes with it and gives it back."""

    __slots__ = ("_bridge", "_reference", "times")

    def __init__(self, bridge: Bridge, reference: list[Any]) -> None:
        self._bridge = bridge
        self._reference = reference
        self.times = 0

    def __del__(self) -> None:
        """Take a note: it may be any moment, in any thread."""
        self._bridge.dropped.append([*self._reference, self.times])


class Received(Formed):
    """An object that the kernel holds for as long as the script refers to it."""

    __slots__ = ("_bridge", "_receipts")

    def __init__(self, bridge: Bridge, kind: str, number: int) -> None:
        self.form = {"$h": [kind, number]}
        self._bridge = bridge
        self._receipts = Receipts(bridge, self.form["$h"])

    def __hash__(self) -> int:
        return hash(self.form["$h"][1])  # sets of such objects have the same order in every process


class Handle(Received):
    """An object of the kernel: its methods are calls, its fields are what the kernel said of it last."""

    __slots__ = ("_fields", "_kind")

    def __init__(self, bridge: Bridge, kind: str, number: int) -> None:
        super().__init__(bridge, kind, number)
        self._kind = kind
        self._fields: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        methods = self._bridge.methods(self._kind)
        found = snake(name)
        if found not in methods:
            if name in self._fields:
                return self._fields[name]
            owner = f"{self._kind} {self.form['$h'][1]}"
            raise missing(owner, self._kind, name, {**methods, **self._fields}, self._bridge.absent)
        own = self._bridge.own_method(self._kind, found)
        if own is not None:
            return own
        bridge, op = self._bridge, f"{self._kind}.{found}"

        def method(*args: Any, **options: Any) -> Call:
            return Call(bridge, op, (self, *args), options)

        return method

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        methods = self._bridge.methods(self._kind)
        name = next((one for one in ("close", "remove") if one in methods), None)
        if name is not None:
            await getattr(self, name)()

    def __dir__(self) -> list[str]:
        return sorted({**self._bridge.methods(self._kind), **self._fields})

    def __repr__(self) -> str:
        named = f" {self._fields['name']}" if "name" in self._fields else ""
        return f"<{self._kind} {self.form['$h'][1]}{named}>"


class ForeignFunction(Received):
    """A function of another script: calling it gives a call of the API, to be awaited.

    Two are equal when they stand for the same function. Arguments by name arrive as one map, the last argument.
    """

    __slots__ = ()

    def __call__(self, *args: Any, **options: Any) -> Call:
        """Call the function."""
        return Call(self._bridge, "Spell.@call", (self, [*args, options] if options else list(args)), {})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForeignFunction) and self.form == other.form

    def __hash__(self) -> int:
        return hash(self.form["$h"][1])

    def __repr__(self) -> str:
        return f"<function {self.form['$h'][1]} of another spell>"


class Stream(Formed):
    """A stream of the kernel: `async for`, `async with`; dropping it closes it."""

    __slots__ = ("_bridge", "_done", "_error", "_granted", "_items", "_number", "_waiter")

    def __init__(self, bridge: Bridge, number: int) -> None:
        self.form = {"$s": number}
        self._bridge = bridge
        self._number = number
        self._items: deque[Any] = deque()
        self._granted = 0
        self._done = False
        self._error: LlmspellError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        if self._waiter is not None:
            raise ScriptError("two tasks read the same stream")
        if not self._items and not self._done:
            self._credit()
            self._waiter = self._bridge.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._items:
            item = self._items.popleft()
            self._credit()
            return item
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """Read no more."""
        self.close()

    def close(self) -> None:
        """Read no more; the kernel stops what makes the items."""
        if not self._done:
            self._done = True
            self._bridge.post_message({"t": "release", "fn": [], "h": [], "s": [self._number]})
            self._wake()
        self._items.clear()

    def take(self, message: dict[str, Any], decode: Callable[[Any], Any]) -> None:
        """Take in an item, the end or the failure."""
        if self._done:
            return
        if message.get("done") or message.get("error"):
            self._done = True
            self._error = self._bridge.error(message["error"]) if message.get("error") else None
        else:
            self._granted -= 1
            self._items.append(decode(message.get("value")))
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _credit(self) -> None:
        count = WINDOW - self._granted - len(self._items)
        if not self._done and count >= WINDOW // 2:
            self._granted += count
            self._bridge.post_message({"t": "credit", "s": self._number, "n": count})

    def __del__(self) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<stream {self._number}>"


def _function(bridge: Bridge, op: str, mark: str) -> Callable[..., Any]:
    if mark == "!":

        def post(*args: Any, **options: Any) -> None:
            bridge.post(op, args, options)

        return post

    def call(*args: Any, **options: Any) -> Call:
        return Call(bridge, op, args, options)

    return call
