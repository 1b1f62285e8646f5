"""The toy engine: a language of parentheses behind the messages of `llmspell.spec.wire`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary, finalize

from tests.fourth.toy_engine.budget import Budget, StoppedError
from tests.fourth.toy_engine.evaluator import Evaluator, check
from tests.fourth.toy_engine.library import Library, own_functions, show
from tests.fourth.toy_engine.objects import Api, Stream, Waiting, parsed
from tests.fourth.toy_engine.reader import MisreadError, read
from tests.fourth.toy_engine.tasks import Tasks
from tests.fourth.toy_engine.values import (
    Closure,
    Decoder,
    Encoder,
    ErrorValue,
    Handle,
    RaisedError,
    Scope,
    fail,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from llmspell.spec.wire import Message
    from tests.fourth.toy_engine.tasks import Task

    Steps = Generator[Any, Any, Any]


class ToyMachine:
    """Run one spell."""

    def __init__(self) -> None:
        self.speak: Callable[[Message], None] | None = None
        self._budget = Budget()
        self._tasks = Tasks()
        self._evaluator = Evaluator(self._budget, self._member, self._parallel)
        self._decode = Decoder(self._object)
        self._out: list[Message] = []
        self._name = ""
        self._main: Closure | None = None
        self._api = Api("", {}, self)
        self._globals = Scope({}, None)
        self._invokes: dict[int, Task] = {}
        self._calls: dict[int, Waiting] = {}
        self._last = 0
        self._functions: dict[int, Closure] = {}
        self._sent: dict[int, int] = {}
        self._handles: WeakValueDictionary[tuple[str, int], Handle] = WeakValueDictionary()
        self._streams: WeakValueDictionary[int, Stream] = WeakValueDictionary()
        self._modules: dict[str, Any] = {}
        self._loading: set[str] = set()

    @property
    def stopping(self) -> Callable[[], bool] | None:
        """Say whether the host wants the script to stop."""
        return self._budget.stopping

    @stopping.setter
    def stopping(self, asked: Callable[[], bool] | None) -> None:
        self._budget.stopping = asked

    def feed(self, message: Message) -> list[Message]:
        """Take one message and give the answers."""
        handler: Callable[[Any], None] = getattr(self, f"_on_{message['t']}")
        self._budget.enter()
        try:
            if self._budget.failure is None:
                handler(message)
                self._tasks.run()
            elif message["t"] == "invoke":
                self._say(t="return", id=message["id"], ok=False, error=self._budget.failure)
        except StoppedError:
            self._stop()
        finally:
            self._budget.leave()
        out, self._out = self._out, []
        return out

    def close(self) -> None:
        """Drop the run."""
        self._budget.end()
        for task in self._invokes.values():
            task.steps.close()
        self._invokes.clear()
        self._calls.clear()
        self._tasks.drop()

    # -- messages ------------------------------------------------------------------------------------------------------

    def _on_hello(self, message: Any) -> None:
        self._name = message["name"]
        self._budget.limit(message.get("limits") or {})
        try:
            program = read(message["source"], self._name)
            check(program)
        except MisreadError as error:
            fault = {"type": "syntax", "code": 4001, "message": str(error), "where": f"{self._name}:{error.line}"}
            self._say(t="hello", v=1, ok=False, error={**fault, "recoverable": False, "suggestions": []})
            return
        own = own_functions()
        own["Async"] = {"all": self._all, "race": self._race, "all_settled": self._all_settled}
        self._api = Api(message.get("api") or "", own, self)
        env = self._decode(message.get("env") or {})
        self._globals.values.update(Library(self._budget, self._evaluator.apply).functions(), **self._api.values, **env)
        self._globals.values.update(env=env, params=self._decode(message.get("params") or {}), require=self._require)
        self._globals.values["tool"] = self._api.constructor
        self._main = Closure([], program, Scope({}, self._globals))
        self._main.name = "main chunk"
        self._say(t="hello", v=1, ok=True, engine="toy", version="1")

    def _on_invoke(self, message: Any) -> None:
        number, which = message["id"], message["fn"]
        function = self._main if which == 0 else self._functions.get(which)
        if function is None:
            self._say(t="return", id=number, ok=False, error=self._told(fail(f"there is no function {which}")))
            return
        arguments = [self._decode(one) for one in message.get("args") or ()]
        steps = self._evaluator.apply(function, arguments)
        self._invokes[number] = self._tasks.start(
            steps, 0 if which == 0 else number, lambda value, error: self._returned(number, value, error)
        )

    def _on_settle(self, message: Any) -> None:
        waiting = self._calls.pop(message["id"], None)
        if waiting is not None and message["ok"]:
            waiting.wake(self._decode(message.get("value")), None)
        elif waiting is not None:
            waiting.wake(None, self._decode.error(message["error"]))

    def _on_item(self, message: Any) -> None:
        stream = self._streams.get(message["s"])
        if stream is not None:
            stream.take(message)

    def _on_cancel(self, message: Any) -> None:
        task = self._invokes.get(message["id"])
        if task is not None:
            self._tasks.cancel(task)

    def _on_release(self, message: Any) -> None:
        for number in message.get("fn") or ():
            self._sent[number] = self._sent.get(number, 1) - 1
            if self._sent[number] <= 0:
                self._functions.pop(number, None)

    # -- what a script does --------------------------------------------------------------------------------------------

    def call(self, op: str, args: list[Any]) -> Steps:
        """Send a call and wait for its answer."""
        if len(self._calls) >= self._budget.calls:
            text = f"more than {self._budget.calls} calls are outstanding"
            raise fail(text, "resource_exhausted", 4009, ("wait for some first",))
        encode = self._encoder()
        given = [encode(one, f"{op} argument {index}") for index, one in enumerate(args, 1)]
        self._last += 1
        number = self._last
        waiting = self._calls[number] = Waiting(lambda: self._give_up(number))
        within = self._tasks.current.invoke if self._tasks.current is not None else 0
        self._say(t="call", id=number, op=op, args=given, **({"in": within} if within else {}))
        return (yield waiting)

    def post(self, op: str, args: list[Any]) -> None:
        """Send what nobody answers; what is printed is text."""
        shown = [" ".join(show(one) for one in args)] if op == "print" else [show(args[0]), *args[1:]]
        encode = self._encoder()
        given = [encode(one, f"{op} argument {index}") for index, one in enumerate(shown, 1)]
        self._budget.write(len(str(given)))
        message: Any = {"t": "post", "op": op, "args": given}
        if self.speak is not None:
            self.speak(message)
        else:
            self._out.append(message)

    def _parallel(self, bodies: list[Steps]) -> Steps:
        return (yield from self._tasks.together(bodies))

    def _all(self, functions: list[Any]) -> Steps:
        return (yield from self._parallel([self._evaluator.apply(one, []) for one in functions]))

    def _race(self, functions: list[Any]) -> Steps:
        bodies = [self._evaluator.apply(one, []) for one in functions]
        return (yield from self._tasks.together(bodies, first=True))

    def _all_settled(self, functions: list[Any]) -> Steps:
        return (yield from self._tasks.together([self._settled(one) for one in functions]))

    def _settled(self, function: Any) -> Steps:
        try:
            return {"status": "fulfilled", "value": (yield from self._evaluator.apply(function, []))}
        except RaisedError as error:
            return {"status": "rejected", "reason": error.value}

    def _require(self, name: str) -> Steps:
        if re.fullmatch(r"llmspell(\.\w+)?", name):
            parts = name.split(".")[1:]
            spaces = {key.lower(): value for key, value in self._api.values.items()}
            return spaces[parts[0]] if parts else dict(self._api.values)
        if name in self._loading:
            raise fail(f"module {name!r} requires itself")
        if name not in self._modules:
            self._loading.add(name)
            try:
                found = yield from self.call("Module.load", [name])
                program = read(found["source"], found["name"])
                check(program)
                self._modules[name] = yield from self._evaluator.apply(
                    Closure([], program, Scope({}, self._globals)), []
                )
            except MisreadError as error:
                raise fail(f"module {name!r}, line {error.line}: {error}", "syntax", 4001) from None
            finally:
                self._loading.discard(name)
        return self._modules[name]

    def _member(self, value: Any, name: str) -> Any:
        return self._api.member(value, name)

    # -- values and ends -----------------------------------------------------------------------------------------------

    def _object(self, form: str, body: Any, fields: dict[str, Any]) -> Any:
        if form == "$s":
            stream = self._streams[body] = Stream(body, self._out_message, self._decode)
            return stream
        if form == "$fn":
            return self._functions.get(body)
        kind, number = body
        handle = self._handles.get((kind, number))
        if handle is None:
            handle = self._handles[kind, number] = Handle(kind, number, fields)
            finalize(handle, self._let_go, kind, number)
        handle.fields = fields or handle.fields
        return handle

    def _encoder(self) -> Encoder:
        return Encoder(self._number, lambda value: value.number if isinstance(value, Stream) else None)

    def _number(self, function: Closure) -> int:
        number = next((key for key, one in self._functions.items() if one is function), 0)
        if not number:
            self._last += 1
            number = self._last
            self._functions[number] = function
        self._sent[number] = self._sent.get(number, 0) + 1
        return number

    def _let_go(self, kind: str, number: int) -> None:
        if self._budget.failure is None and (kind, number) not in self._handles:
            self._say(t="release", fn=[], h=[[kind, number]], s=[])

    def _give_up(self, number: int) -> None:
        self._calls.pop(number, None)
        self._say(t="cancel", id=number)

    def _returned(self, number: int, value: Any, error: RaisedError | None) -> None:
        self._invokes.pop(number, None)
        if error is None:
            try:
                self._say(t="return", id=number, ok=True, value=self._encoder()(value, "the returned value"))
                return
            except RaisedError as raised:
                error = raised
        self._say(t="return", id=number, ok=False, error=self._told(error))

    def _told(self, error: RaisedError) -> dict[str, Any]:
        """Give the wire form of what was raised; what of it cannot cross is told as text."""
        fields: dict[str, Any] = dict(parsed(error.value))
        if not isinstance(error.value, (str, ErrorValue)):
            fields["value"] = error.value
        fields["where"] = fields.get("where") or next((line for line, _ in error.frames), None)
        stack = "\n".join(f"{line}: {function}" for line, function in error.frames)
        fields["stack"] = fields.get("stack") or stack or None
        told = {}
        for name, value in fields.items():
            try:
                told[name] = self._encoder()(value, name)
            except RaisedError:
                told[name] = {} if name == "context" else show(value)[:1000]
        return told

    def _stop(self) -> None:
        """Answer everything that is open with the limit that was passed."""
        self._out = [one for one in self._out if one["t"] == "post"]
        for number in list(self._invokes):
            self._say(t="return", id=number, ok=False, error=self._budget.failure)
        self.close()

    def _out_message(self, message: Any) -> None:
        self._out.append(message)

    def _say(self, **message: Any) -> None:
        self._out.append(message)  # type: ignore[arg-type]  # the fields of a message, by name
