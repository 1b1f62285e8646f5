"""The contract of a script engine's machine, driven message by message through `feed`, the same for every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from llmspell.testing.engine_durable_items import DurableItems

if TYPE_CHECKING:
    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

API = "N Probe echo fail register slow\nN Async sleep run= all=\nP print\nH box open"
"""The names that contract sources may use."""

LIMITS = {"memory": 256 << 20, "cpu": None, "output": 1 << 20}
TIGHT: Mapping[str, Mapping[str, object]] = {
    "forever": {"cpu": 0.2},
    "hoard": {"memory": 64 << 20, "cpu": 30},
    "flood": {"output": 100_000, "cpu": 30},
}
"""Limits of the sources that do their worst."""
OPTIONAL = ("stream", "leave", "nested", *TIGHT)
EXACT = 2**53
STREAM = 4
"""Number of the stream that the tests of streams open."""
ERROR = {
    "type": "rate_limit",
    "message": "slow down",
    "code": 7003,
    "recoverable": True,
    "suggestions": ["wait"],
    "trace_id": None,
    "where": None,
    "context": {"after": 7},
    "stack": None,
}

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = st.booleans() | st.integers(-EXACT, EXACT) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
KEYS = TEXTS.filter(lambda key: not key.startswith("$") and not key.isdigit())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


class EngineMachineContract(DurableItems):
    """Check a script engine by its machine alone: the lower part of `EngineContract`, which its users subclass.

    class TestLua(EngineMachineContract):
        sources = {"value": "return params.value", ...}

        def machine(self):
            return LuaMachine()

    `sources` holds the same small programs in the engine's language:

        value       returns `params.value`
        call        returns the result of `Probe.echo(params.value)`
        twice       calls `Probe.echo(1)`, then `Probe.echo(2)`, and returns the list of both results
        throw       raises an error with the message "boom" on its second line
        syntax      is not valid in the language
        catch       calls `Probe.fail()`, catches the error and returns its `type`
        uncaught    calls `Probe.fail()` and catches nothing
        callback    passes a function that adds 1 to `Probe.register(f)` and returns the result
        calls_back  passes a function that returns `Probe.echo(x)` to `Probe.register(f)`
        parallel    calls `Probe.slow("a")` and `Probe.slow("b")` side by side and returns the list of both results
        print       prints "hello", then returns 1
        method      gets a handle from `Probe.echo(0)` and returns the result of its method `open(5)`

    and, where the language can say it (a source that is missing skips its test):

        stream      gets a stream from `Probe.echo(0)`, reads it to its end and returns the list of its items
        leave       gets a stream from `Probe.echo(0)`, reads one item, leaves the loop and returns that item
        nested      passes a function to `Probe.register(f)` that calls `Probe.slow("a")`, then `Probe.echo("b")`
        forever     runs without end, catching whatever it can
        hoard       keeps more and more small values, catching whatever it can
        flood       prints a thousand characters at a time without end, catching whatever it can
        clock, random, names, places    see `DurableItems`
    """

    sources: ClassVar[Mapping[str, str]]
    parallel_language: ClassVar[bool] = True
    """Whether the language itself can have two calls under way (the source `parallel`)."""
    whole_floats: ClassVar[bool] = True
    """Whether the language tells 1.0 from 1."""
    counts_time: bool = True
    """Whether the machine itself counts CPU time, as each must in the host's own process."""
    examples: ClassVar[int] = 60
    """How many values go on a round trip; fewer where each machine is a process."""

    def machine(self) -> EngineMachine:
        """Give a fresh machine."""
        raise NotImplementedError(f"{type(self).__name__} must say how to make its machine")

    def teardown_method(self) -> None:
        """Close the machines of a test."""
        opened, self._opened = self._opened, ()
        for machine in opened:
            machine.close()

    _opened: tuple[EngineMachine, ...] = ()

    def open(self) -> EngineMachine:
        """Give a machine that is closed after the test."""
        machine = self.machine()
        self._opened = (*self._opened, machine)
        return machine

    def same(self, one: object, other: object) -> bool:
        """Compare values as closely as the language can."""
        return _same(one, other, whole_floats=self.whole_floats)

    def start(self, name: str, **params: object) -> tuple[EngineMachine, list[dict[str, Any]]]:
        """Say hello with a source, start its main chunk, and give what the machine then says."""
        if name in OPTIONAL and name not in self.sources:
            pytest.skip(f"there is no source {name!r}")
        assert name in self.sources, f"there is no source {name!r}; the docstring of the contract says what it does"
        machine = self.open()
        hello = self.hello(machine, self.sources[name], params)
        assert hello.get("ok", True) is True, f"the source {name!r} was not accepted: {hello}"
        return machine, _feed(machine, {"t": "invoke", "id": 1, "fn": 0, "args": []})

    limits: ClassVar[Mapping[str, object]] = LIMITS
    """What a script may use, in the tests of limits less: see `TIGHT`."""

    def hello(self, machine: EngineMachine, source: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Load a source and give the machine's answer."""
        tight = next((TIGHT[name] for name in TIGHT if self.sources.get(name) == source), {})
        limits = {**self.limits, **tight}
        message = {"t": "hello", "v": 1, "api": API, "env": {}, "params": dict(params), "limits": limits}
        answers = _feed(machine, {**message, "name": "contract", "source": source})
        assert [answer["t"] for answer in answers] == ["hello"]
        return answers[0]

    def returned(self, messages: list[dict[str, Any]], *, id: int = 1) -> Any:  # noqa: A002 - the field's name
        """Give the value that an invoke returned."""
        answer = _last(messages, "return")
        assert answer["id"] == id
        assert answer["ok"] is True, f"the source failed: {answer.get('error')}"
        return answer.get("value")

    def test_hello_names_the_engine(self) -> None:
        """Logs and `doctor` say which engine runs; a version is part of a run's record."""
        answer = self.hello(self.open(), self.sources["value"], {"value": 1})
        assert isinstance(answer["engine"], str)
        assert isinstance(answer["version"], str)

    def test_syntax_error_is_told_at_hello(self) -> None:
        """A source that is not valid never starts, and the error says where.

        If this fails, compile the source when hello comes.
        """
        answer = self.hello(self.open(), self.sources["syntax"], {})
        assert answer["ok"] is False
        assert answer["error"]["type"] == "syntax"
        assert answer["error"]["where"], "the error does not say where"

    def test_values_round_trip(self) -> None:
        """What goes in comes out: text, numbers, lists and maps, whole numbers apart from fractions.

        If this fails, hypothesis prints the smallest value that changed on its way.
        """

        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(VALUES)
        def check(value: object) -> None:
            _, messages = self.start("value", value=value)
            assert self.same(self.returned(messages), value)
            self.teardown_method()

        check()

    def test_values_round_trip_through_a_call(self) -> None:
        """Arguments and results of API functions cross as faithfully as parameters."""

        @settings(max_examples=self.examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(VALUES, VALUES)
        def check(value: object, answer: object) -> None:
            machine, messages = self.start("call", value=value)
            call = _last(messages, "call")
            assert call["op"] == "Probe.echo"
            assert self.same(call["args"], [value])
            assert self.same(self.returned(self.settle(machine, call, answer)), answer)
            self.teardown_method()

        check()

    def test_keys_that_look_like_forms_survive(self) -> None:
        """A user's map may have keys that start with a dollar sign.

        If this fails, one "$" is added when such a map is sent, and stripped when it is received.
        """
        machine, messages = self.start("call", value={"$$h": ["tool", 1], "plain": 1})
        call = _last(messages, "call")
        assert call["args"] == [{"$$h": ["tool", 1], "plain": 1}]
        assert self.returned(self.settle(machine, call, {"$$x": 1})) == {"$$x": 1}

    def test_calls_come_one_after_another(self) -> None:
        """A second call is sent only after the first was settled, when the source says so."""
        machine, messages = self.start("twice")
        first = _last(messages, "call")
        messages = self.settle(machine, first, "one")
        second = _last(messages, "call")
        assert (first["args"], second["args"]) == ([1], [2])
        assert first["id"] != second["id"]
        assert self.returned(self.settle(machine, second, "two")) == ["one", "two"]

    def test_error_of_a_script_says_where(self) -> None:
        """An uncaught error ends the run with message, place and stack.

        If this fails, translate the language's own error; the line is that of the user's source.
        """
        _, messages = self.start("throw")
        answer = _last(messages, "return")
        assert answer["ok"] is False
        assert "boom" in answer["error"]["message"]
        assert str(answer["error"]["where"]).split(":")[1] == "2", f"the place is {answer['error']['where']!r}"

    def test_error_of_the_kernel_can_be_caught(self) -> None:
        """A script sees the type of an error and may go on."""
        machine, messages = self.start("catch")
        assert self.returned(self.settle(machine, _last(messages, "call"), error=ERROR)) == "rate_limit"

    def test_error_of_the_kernel_passes_unchanged(self) -> None:
        """An error that nobody catches leaves the script as it came: type, code, suggestions and context.

        If this fails, the language wraps the error and the engine does not unwrap it.
        """
        machine, messages = self.start("uncaught")
        messages = self.settle(machine, _last(messages, "call"), error=ERROR)
        answer = _last(messages, "return")
        assert answer["ok"] is False
        for key in ("type", "message", "code", "recoverable", "suggestions", "context"):
            assert answer["error"][key] == ERROR[key], f"{key} changed"

    def test_callback_is_called(self) -> None:
        """The kernel calls a script's function while the script waits, as often as it likes."""
        machine, messages = self.start("callback")
        call = _last(messages, "call")
        function = call["args"][0]["$fn"]
        for number in (41, 1):
            answer = _feed(machine, {"t": "invoke", "id": 100 + number, "fn": function, "args": [number]})
            assert self.returned(answer, id=100 + number) == number + 1
        assert self.returned(self.settle(machine, call, "done")) == "done"

    def test_callback_may_call_back(self) -> None:
        """A script's function may itself use the API."""
        machine, messages = self.start("calls_back")
        outer = _last(messages, "call")
        messages = _feed(machine, {"t": "invoke", "id": 7, "fn": outer["args"][0]["$fn"], "args": ["deep"]})
        inner = _last(messages, "call")
        assert inner["args"] == ["deep"]
        assert self.returned(self.settle(machine, inner, "deeper"), id=7) == "deeper"
        self.returned(self.settle(machine, outer, None))

    def test_calls_run_side_by_side(self) -> None:
        """Both calls are sent before either is settled, and may be settled in any order.

        If this fails, the engine waits for each call by itself.
        """
        if not self.parallel_language:
            pytest.skip("the language has no way to say it")
        machine, messages = self.start("parallel")
        first, second = (message for message in messages if message["t"] == "call")
        assert (first["args"], second["args"]) == (["a"], ["b"])
        assert not [m for m in self.settle(machine, second, "B") if m["t"] == "return"]
        assert self.returned(self.settle(machine, first, "A")) == ["A", "B"]

    def test_print_is_posted(self) -> None:
        """Printing never waits."""
        _, messages = self.start("print")
        post = _last(messages, "post")
        assert (post["op"], post["args"]) == ("print", ["hello"])
        assert self.returned(messages) == 1

    def test_methods_of_handles_are_calls(self) -> None:
        """A handle of the kernel has the methods of its kind."""
        machine, messages = self.start("method")
        messages = self.settle(machine, _last(messages, "call"), {"$h": ["box", 3]})
        call = _last(messages, "call")
        assert (call["op"], call["args"]) == ("box.open", [{"$h": ["box", 3]}, 5])
        assert self.returned(self.settle(machine, call, "opened")) == "opened"

    def test_streams_are_read_to_their_end(self) -> None:
        """A stream is asked for more as the loop goes on.

        If this fails, send `credit` when the script waits for an item, and end the loop when `done` comes.
        """
        machine, messages = self.start("stream")
        messages = self.settle(machine, _last(messages, "call"), {"$s": STREAM})
        assert _last(messages, "credit")["s"] == STREAM
        for item in ("one", {"two": 2}):
            _feed(machine, {"t": "item", "s": STREAM, "value": item})
        assert self.returned(_feed(machine, {"t": "item", "s": STREAM, "done": True})) == ["one", {"two": 2}]

    def test_leaving_a_stream_releases_it(self) -> None:
        """The kernel is told at once that nobody reads a stream any more."""
        machine, messages = self.start("leave")
        self.settle(machine, _last(messages, "call"), {"$s": STREAM})
        messages = _feed(machine, {"t": "item", "s": STREAM, "value": "one"})
        assert _last(messages, "release")["s"] == [STREAM]
        assert self.returned(messages) == "one"

    def test_calls_of_a_function_say_whose_they_are(self) -> None:
        """A call names the invoke whose function made it, also after the function has waited: rights hang on it."""
        machine, messages = self.start("nested")
        function = _last(messages, "call")["args"][0]["$fn"]
        invoke = {"t": "invoke", "id": 9, "fn": function, "args": []}
        first = _last(_feed(machine, invoke), "call")
        second = _last(self.settle(machine, first, None), "call")
        assert (first["in"], second["in"]) == (invoke["id"], invoke["id"])
        assert "in" not in _last(messages, "call")

    def test_a_script_without_end_is_stopped(self) -> None:
        """The limit on CPU time holds against a script that catches whatever it can."""
        if not self.counts_time:
            pytest.skip("a machine in a child need not count: its host does, from outside")
        self.stopped("forever", 4004)

    def test_a_script_that_hoards_is_stopped(self) -> None:
        """The limit on memory holds likewise."""
        self.stopped("hoard", 4005)

    def test_a_flood_of_output_is_stopped(self) -> None:
        """The limit on what is printed holds likewise."""
        self.stopped("flood", 4009)

    def stopped(self, name: str, code: int) -> None:
        """Run a source that passes a limit: the open invoke is answered with it, and nothing runs afterwards."""
        machine, messages = self.start(name)
        answer = _last(messages, "return")
        assert answer["ok"] is False
        assert answer["error"]["code"] == code
        after = _feed(machine, {"t": "invoke", "id": 2, "fn": 1, "args": []})
        assert not [message for message in after if message.get("ok")]

    def test_machines_share_nothing(self) -> None:
        """Two machines in one process run side by side without seeing each other."""
        one, from_one = self.start("call", value="one")
        other, from_other = self.start("call", value="other")
        assert self.returned(self.settle(other, _last(from_other, "call"), "for other")) == "for other"
        assert self.returned(self.settle(one, _last(from_one, "call"), "for one")) == "for one"

    def test_close_drops_everything(self) -> None:
        """A run may end at any time: with a call under way, or after its end.

        If this fails, closing waits for, or trips over, what the script left open.
        """
        waiting, _ = self.start("call", value=1)
        waiting.close()
        done, messages = self.start("value", value=1)
        assert self.returned(messages) == 1
        done.close()

    @staticmethod
    def settle(
        machine: EngineMachine,
        call: Mapping[str, Any],
        value: object = None,
        *,
        error: Mapping[str, object] | None = None,
    ) -> list[dict[str, Any]]:
        """Answer a call and give what the machine says next."""
        if error is not None:
            return _feed(machine, {"t": "settle", "id": call["id"], "ok": False, "error": dict(error)})
        return _feed(machine, {"t": "settle", "id": call["id"], "ok": True, "value": value})


def _feed(machine: EngineMachine, message: dict[str, Any]) -> list[dict[str, Any]]:
    """Cross the wire: messages are plain JSON objects on both sides, whatever an engine calls their type."""
    return cast("list[dict[str, Any]]", machine.feed(cast("Message", message)))


def _last(messages: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    found = [message for message in messages if message["t"] == kind]
    assert found, f"no {kind!r} among {messages}"
    return found[-1]


def _same(one: object, other: object, *, whole_floats: bool) -> bool:
    """Compare values, telling 1 from True, and from 1.0 when `whole_floats` says so."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[k], other[k], whole_floats=whole_floats) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(
            _same(left, right, whole_floats=whole_floats) for left, right in zip(one, other, strict=True)
        )
    numbers = {type(one), type(other)} == {int, float} and not whole_floats
    return (numbers or type(one) is type(other)) and one == other
