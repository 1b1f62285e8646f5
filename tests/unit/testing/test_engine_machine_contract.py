"""The contract holds for a small engine written for it; one with a fault fails exactly the tests made for it."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from llmspell.testing import EngineMachineContract

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SOURCES = {
    "value": "return params['value']",
    "call": "return await Probe.echo(params['value'])",
    "twice": "return [await Probe.echo(1), await Probe.echo(2)]",
    "throw": "x = 1\nraise ValueError('boom')",
    "syntax": "return return",
    "catch": "try:\n    await Probe.fail()\nexcept KernelError as error:\n    return error.data['type']",
    "uncaught": "await Probe.fail()",
    "callback": "async def add(x): return x + 1\nreturn await Probe.register(add)",
    "calls_back": "async def ask(x): return await Probe.echo(x)\nreturn await Probe.register(ask)",
    "parallel": "a, b = Probe.slow('a'), Probe.slow('b')\nreturn [await a, await b]",
    "print": "print('hello')\nreturn 1",
    "method": "box = await Probe.echo(0)\nreturn await box.open(5)",
}


class KernelError(Exception):
    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data["message"])
        self.data = data


class Waiting:
    """A call under way."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | None = None
        self.invoked: tuple[int, Any] | None = None

    def __await__(self) -> Generator[Waiting, None, Any]:
        while self.answer is None:
            yield self
        if not self.answer["ok"]:
            raise KernelError(self.answer["error"])
        return self.answer.get("value")


class Handle:
    def __init__(self, engine: Toy, form: dict[str, Any]) -> None:
        self.engine, self.form = engine, form

    def __getattr__(self, name: str) -> Callable[..., Waiting]:
        return lambda *args: self.engine.call(f"{self.form['$h'][0]}.{name}", (self, *args))


class Probe:
    def __init__(self, engine: Toy) -> None:
        self.engine = engine

    def __getattr__(self, name: str) -> Callable[..., Waiting]:
        return lambda *args: self.engine.call(f"Probe.{name}", args)


class Toy:
    """Run Python as if it were a guest language."""

    def __init__(self) -> None:
        self.out: list[dict[str, Any]] = []
        self.functions: list[Callable[..., Any]] = []
        self.calls: dict[int, Waiting] = {}
        self.next = 1

    def feed(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        getattr(self, f"on_{message['t']}")(message)
        out, self.out = self.out, []
        return out

    def close(self) -> None:
        for waiting in self.calls.values():
            if waiting.invoked is not None:
                waiting.invoked[1].close()
        self.calls = {}

    def on_hello(self, message: dict[str, Any]) -> None:
        names: dict[str, Any] = {
            "Probe": Probe(self), "KernelError": KernelError, "print": lambda *args: self.post("print", args),
            "params": self.decode(message["params"]),
        }  # fmt: skip
        try:
            exec(compile("async def main():\n" + indent(message["source"], " "), "contract", "exec"), names)
        except SyntaxError as error:
            where = f"contract:{(error.lineno or 1) - 1}"
            self.say(t="hello", v=1, ok=False, error={"type": "syntax", "message": str(error), "where": where})
            return
        self.functions.append(names["main"])
        self.say(t="hello", v=1, engine="toy", version="1")

    def on_invoke(self, message: dict[str, Any]) -> None:
        self.step(message["id"], self.functions[message["fn"]](*self.decode(message["args"])))

    def on_settle(self, message: dict[str, Any]) -> None:
        waiting = self.calls.pop(message["id"])
        waiting.answer = {**message, "value": self.decode(message.get("value"))}
        if waiting.invoked is not None:
            self.step(*waiting.invoked)

    def step(self, id: int, coroutine: Any) -> None:  # noqa: A002
        try:
            waiting: Waiting = coroutine.send(None)
        except StopIteration as end:
            self.say(t="return", id=id, ok=True, value=self.encode(end.value))
        except Exception as error:  # noqa: BLE001 - whatever a script raises crosses as data
            self.say(t="return", id=id, ok=False, error=self.translate(error))
        else:
            waiting.invoked = (id, coroutine)

    def translate(self, error: Exception) -> dict[str, Any]:
        if isinstance(error, KernelError):
            return error.data
        traceback = error.__traceback__
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        line = traceback.tb_lineno - 1 if traceback else 0
        return {"type": "runtime", "message": str(error), "where": f"contract:{line}"}

    def call(self, op: str, args: tuple[Any, ...]) -> Waiting:
        waiting = self.calls[self.next] = Waiting()
        self.say(t="call", id=self.next, op=op, args=self.encode(list(args)))
        self.next += 1
        return waiting

    def post(self, op: str, args: tuple[Any, ...]) -> None:
        self.say(t="post", op=op, args=self.encode(list(args)))

    def say(self, **message: Any) -> None:
        self.out.append(message)

    def encode(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return value.form
        if callable(value):
            self.functions.append(value)
            return {"$fn": len(self.functions) - 1}
        if isinstance(value, list):
            return [self.encode(one) for one in value]
        if isinstance(value, dict):
            return {f"${key}" if key.startswith("$") else key: self.encode(one) for key, one in value.items()}
        return value

    def decode(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.decode(one) for one in value]
        if isinstance(value, dict):
            if "$h" in value:
                return Handle(self, value)
            return {key.removeprefix("$"): self.decode(one) for key, one in value.items()}
        return value


class TestToy(EngineMachineContract):
    sources: ClassVar = SOURCES

    def machine(self) -> Any:
        return Toy()


class Anonymous(Toy):
    def say(self, **message: Any) -> None:
        message.pop("version", None)
        super().say(**message)


class CompilesLate(Toy):
    def on_hello(self, message: dict[str, Any]) -> None:
        super().on_hello(message)
        if not self.functions:
            self.out = [{"t": "hello", "v": 1, "engine": "toy", "version": "1"}]


class Floats(Toy):
    def encode(self, value: Any) -> Any:
        return float(value) if type(value) is int and value > 1000 else super().encode(value)


class ForgetsToEscape(Toy):
    def encode(self, value: Any) -> Any:
        return dict(value) if isinstance(value, dict) else super().encode(value)


class LosesTheLine(Toy):
    def translate(self, error: Exception) -> dict[str, Any]:
        return (
            super().translate(error)
            if isinstance(error, KernelError)
            else {**super().translate(error), "where": "contract:1"}
        )


class WrapsErrors(Toy):
    def translate(self, error: Exception) -> dict[str, Any]:
        return {"type": "runtime", "message": str(error), "where": super().translate(error).get("where")}


class HidesTypes(Toy):
    def on_settle(self, message: dict[str, Any]) -> None:
        if not message["ok"]:
            message["error"] = {**message["error"], "type": "runtime"}
        super().on_settle(message)


class CallsOnce(Toy):
    def on_invoke(self, message: dict[str, Any]) -> None:
        super().on_invoke(message)
        if message["fn"]:
            self.functions[message["fn"]] = print


class Serial(Toy):
    """Send no second call before the first was settled."""

    def say(self, **message: Any) -> None:
        if message["t"] != "call" or not any(m["t"] == "call" for m in self.out):
            super().say(**message)


class PrintsByCalling(Toy):
    def post(self, op: str, args: tuple[Any, ...]) -> None:
        self.call(op, args)


class Unhandy(Toy):
    def decode(self, value: Any) -> Any:
        found = super().decode(value)
        return dict(value) if isinstance(found, Handle) else found


class Shared(Toy):
    everywhere: ClassVar[dict[int, Waiting]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.everywhere


class TripsAtTheEnd(Toy):
    def close(self) -> None:
        assert not self.calls, "a call is under way"


ROUND_TRIP = {"test_values_round_trip", "test_values_round_trip_through_a_call"}


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (Anonymous, {"test_hello_names_the_engine"}),
        (CompilesLate, {"test_syntax_error_is_told_at_hello"}),
        (Floats, ROUND_TRIP),
        (ForgetsToEscape, {"test_keys_that_look_like_forms_survive"}),
        (LosesTheLine, {"test_error_of_a_script_says_where"}),
        (WrapsErrors, {"test_error_of_the_kernel_passes_unchanged"}),
        (HidesTypes, {"test_error_of_the_kernel_can_be_caught", "test_error_of_the_kernel_passes_unchanged"}),
        (CallsOnce, {"test_callback_is_called"}),
        (Serial, {"test_calls_run_side_by_side"}),
        (PrintsByCalling, {"test_print_is_posted"}),
        (Unhandy, {"test_methods_of_handles_are_calls"}),
        (Shared, {"test_machines_share_nothing"}),
        (TripsAtTheEnd, {"test_close_drops_everything"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_fault_is_found(failing: Any, broken: type[Toy], expected: set[str]) -> None:
    class Broken(EngineMachineContract):
        sources: ClassVar = SOURCES

        def machine(self) -> Any:
            return broken()

    assert failing(Broken) == expected
