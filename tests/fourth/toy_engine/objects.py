"""What a script of the toy language holds of the API: namespaces, methods and streams."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from tests.fourth.toy_engine.values import ErrorValue, Handle, RaisedError, fail, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from llmspell.spec.wire import Message
    from tests.fourth.toy_engine.values import Decoder

WINDOW = 4
"""Items of a stream that the kernel may send ahead."""


class Waiting:
    """What a task waits for: an answer, an item, other tasks. `drop` is called when it gives up."""

    def __init__(self, drop: Callable[[], None] = lambda: None) -> None:
        self.drop = drop
        self.wake: Callable[[Any, RaisedError | None], None] = lambda _value, _error: None


class Namespace:
    """A namespace: its functions by name, with the marks of the wire (`!` a post, `=` the engine's own)."""

    def __init__(self, name: str, words: str, own: dict[str, Any]) -> None:
        self.name = name
        self.own = own
        self.functions = {word.rstrip("!="): word[-1] for word in words.split() if word != "*"}
        self.getter = "*" in words.split()


class Stream:
    """A stream of the kernel."""

    def __init__(self, number: int, send: Callable[[Message], None], decode: Decoder) -> None:
        self.number = number
        self._send = send
        self._decode = decode
        self._items: deque[tuple[bool, Any]] = deque()
        self._granted = 0
        self._ended = False
        self._waiting: Waiting | None = None

    def advance(self) -> Generator[Any, Any, tuple[bool, Any]]:
        """Wait for the next item; gives whether there is one, and which."""
        if not self._items:
            if self._ended:
                return False, None
            if self._granted < WINDOW:
                self._send({"t": "credit", "s": self.number, "n": WINDOW - self._granted})
                self._granted = WINDOW
            self._waiting = Waiting()
            yield self._waiting
        more, item = self._items.popleft()
        if isinstance(item, RaisedError):
            raise item
        return more, item

    def take(self, message: Any) -> None:
        """Take in an item, the end or the failure."""
        self._granted -= 1
        if message.get("error"):
            self._items.append((False, self._decode.error(message["error"])))
        else:
            self._items.append((not message.get("done"), self._decode(message.get("value"))))
        self._ended = self._ended or bool(message.get("done") or message.get("error"))
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.wake(None, None)

    def __del__(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Read no more."""
        if not self._ended:
            self._ended = True
            self._send({"t": "release", "fn": [], "h": [], "s": [self.number]})


class Api:
    """The API of one run, by the names that a script uses."""

    def __init__(self, names: str, own: dict[str, dict[str, Any]], engine: Any) -> None:
        self.values: dict[str, Any] = {}
        self._kinds: dict[str, set[str]] = {}
        self._engine = engine
        for line in names.splitlines():
            letter, head, words = (*line.split(" ", 2), "", "")[:3]
            if letter == "N":
                self.values[head] = Namespace(head, words, own.get(head, {}))
            elif letter == "H":
                self._kinds[head] = {word.rstrip(".") for word in words.split()}
            elif letter == "P":
                for name in (head, *words.split()):
                    op = "print" if name == "print" else f"Log.{'info' if name == 'log' else name}"
                    self.values.setdefault(name, self._post(op))

    def _post(self, op: str) -> Callable[..., None]:
        return lambda *args: self._engine.post(op, list(args))

    def constructor(self, name: str) -> Namespace:
        """Give what a global like `HttpTool` is."""
        return Namespace(name, "", {"new": lambda options=None: self._engine.call("Tools.@construct", [name, options])})

    def member(self, value: Any, name: str) -> Any:
        """Give what `value.name` is."""
        if isinstance(value, Namespace):
            return self._function(value, name)
        if isinstance(value, Handle):
            if name in self._kinds.get(value.kind, ()):
                return lambda *args: self._engine.call(f"{value.kind}.{name}", [value, *args])
            if name in value.fields:
                return value.fields[name]
        elif isinstance(value, dict):
            return value.get(name)
        raise fail(f"there is no {name!r} in it")

    def _function(self, space: Namespace, name: str) -> Any:
        mark = space.functions.get(name)
        if name in space.own:
            return space.own[name]
        if mark == "!":
            return self._post(f"{space.name}.{name}")
        if mark == "=":
            raise fail(f"the toy language has no {space.name}.{name}")
        if mark is None and not space.getter:
            raise fail(f"{space.name} has no {name!r}")
        if mark is None:
            return self._engine.call(f"{space.name}.@get", [name])  # a value to wait for
        return lambda *args: self._engine.call(f"{space.name}.{name}", list(args))


_FIELDS = {"type": str, "message": str, "code": int, "recoverable": bool, "suggestions": list, "context": dict}


def parsed(value: Any) -> ErrorValue:
    """Give an error with fields for whatever was thrown."""
    if isinstance(value, ErrorValue):
        return value
    told = value if isinstance(value, str) else "the script threw a value"
    if value is None or isinstance(value, (bool, int, float)):
        told = f"the script threw {json.dumps(value)}"
    fields = failure(told)
    if isinstance(value, dict):
        fields.update({name: value[name] for name, kind in _FIELDS.items() if isinstance(value.get(name), kind)})
    return fields
