"""The contract of engines that run inputs one after the other (`eval` on the wire), for every language the same."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

API = "N Probe echo\nN Async sleep\nP print\n"


class InputContract(Contract):
    """Check how an engine runs inputs.

    class TestInputs(InputContract):
        inputs = {"declare": "x = 41", ...}

        def machine(self):
            return LuaMachine()

    `inputs` holds the same inputs in the engine's language:

        declare     makes `x` 41, which stays
        value       is `x` plus one
        nothing     is a statement without a value
        last        is the last value
        begun       is the first line of a text of several
        whole       is that text as a whole, whose value is 7
        syntax      is not valid in the language, and not the beginning of anything that is
        throw       raises an error with the message "boom"
        call        is what `Probe.echo(5)` gives
        forever     prints a line and runs without end
    """

    inputs: ClassVar[Mapping[str, str]]

    def machine(self) -> EngineMachine:
        """Give a fresh machine."""
        raise NotImplementedError(f"{type(self).__name__} must say how to make its machine")

    @pytest.fixture
    def opened(self) -> Iterator[EngineMachine]:
        """Give a machine that has seen hello."""
        machine: Any = self.machine()
        self._alarms: list[threading.Thread] = []

        def hear(_: object) -> None:
            for alarm in self._alarms:
                alarm.start()

        machine.speak = hear
        limits = {"memory": 256 << 20, "cpu": None, "output": 1 << 20}
        hello: dict[str, Any] = {"t": "hello", "v": 1, "api": API, "env": {}, "params": {}, "limits": limits}
        answers = machine.feed(cast("Message", {**hello, "name": "repl", "source": "", "interactive": True}))
        assert answers[0]["ok"], answers
        yield machine
        machine.close()

    def run(self, machine: EngineMachine, name: str, number: int = 1) -> dict[str, Any]:
        """Run an input, answer its calls with their first argument, and give the message that ends it."""
        message = {"t": "eval", "id": number, "name": f"input{number}", "source": self.inputs[name]}
        messages = machine.feed(cast("Message", message))
        for one in messages:
            if one["t"] == "call" and one["op"] == "Probe.echo":
                settle = {"t": "settle", "id": one["id"], "ok": True, "value": one["args"][0]}
                messages += machine.feed(cast("Message", settle))
        found: list[Any] = [one for one in messages if one["t"] == "return"]
        assert [one["id"] for one in found] == [number]
        return cast("dict[str, Any]", found[0])

    def test_what_an_input_declares_stays(self, opened: EngineMachine) -> None:
        """A line at a prompt builds on those before it.

        If this fails, run inputs in one scope that outlives them.
        """
        assert self.run(opened, "declare")["ok"]
        assert self.run(opened, "value", 2)["value"] == {"shown": "42"}

    def test_the_last_value_is_at_hand(self, opened: EngineMachine) -> None:
        """`_` saves typing the last input again; an input without a value leaves it alone."""
        self.run(opened, "declare")
        self.run(opened, "value", 2)
        self.run(opened, "nothing", 3)
        assert self.run(opened, "last", 4)["value"] == {"shown": "42"}

    def test_a_statement_shows_nothing(self, opened: EngineMachine) -> None:
        """A prompt that prints `nil` after every assignment is a nuisance."""
        assert not self.run(opened, "nothing")["value"]

    def test_the_beginning_of_a_text_asks_for_more_and_runs_nothing(self, opened: EngineMachine) -> None:
        """A function goes over several lines; whoever asks sends the text again with the next line added."""
        assert self.run(opened, "begun")["value"] == {"more": True}
        assert self.run(opened, "whole", 2)["value"] == {"shown": "7"}

    def test_a_syntax_error_names_the_input_and_leaves_the_rest(self, opened: EngineMachine) -> None:
        """A slip of the pen costs one line, not what was defined before it."""
        self.run(opened, "declare")
        error = self.run(opened, "syntax", 2)["error"]
        assert error["type"] == "syntax"
        assert error["where"].startswith("input2:")
        assert self.run(opened, "value", 3)["value"] == {"shown": "42"}

    def test_an_error_names_the_input_and_leaves_the_rest(self, opened: EngineMachine) -> None:
        """So does an error."""
        self.run(opened, "declare")
        error = self.run(opened, "throw", 2)["error"]
        assert "boom" in error["message"]
        assert error["where"].startswith("input2:")
        assert self.run(opened, "value", 3)["value"] == {"shown": "42"}

    def test_an_input_waits_for_the_kernel(self, opened: EngineMachine) -> None:
        """The API is all there, and what it gives is shown like any value."""
        assert self.run(opened, "call")["value"] == {"shown": "5"}

    def test_an_interrupt_ends_the_input_and_nothing_else(self, opened: EngineMachine) -> None:
        """Ctrl-C is for the loop one did not mean.

        If this fails, give the machine a method `interrupt` that ends what `feed` runs.
        """
        self.run(opened, "declare")
        machine: Any = opened
        self._alarms.append(threading.Thread(target=machine.interrupt))
        error = self.run(opened, "forever", 2)["error"]
        assert error["type"] == "cancelled"
        assert self.run(opened, "value", 3)["value"] == {"shown": "42"}
