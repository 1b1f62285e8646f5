"""What the machine of every engine shows of a durable spell: part of `EngineMachineContract`."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

BEGAN = 1_763_775_653.25
LATER = BEGAN + 86_400
SEED, OTHER_SEED = (b64encode(bytes(range(first, first + 32))).decode() for first in (1, 2))
ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}|\b[0-9a-f]{12,}\b")
RANDOMS = 3


class DurableItems(Contract):
    """Check a machine that is told `durable`; a source that is missing skips its test.

    clock       returns the whole seconds of the language's own clock, before and after `Probe.echo(0)`, as a list
    random      returns a list of three random numbers of the language's own
    names       returns a list of texts: of a function, of an object without fields, and of one of a class of its own
    places      calls `Probe.echo(1)` in a function, on its fourth line, and `Probe.echo(2)` outside, on its sixth
    """

    sources: ClassVar[Mapping[str, str]]
    durable_here: bool = True
    """Whether the machine can be durable in the place where it lives; where not, hello must say so."""

    def open(self) -> EngineMachine:
        """Give a machine that is closed after the test."""
        raise NotImplementedError

    def test_the_clock_of_a_durable_spell_is_the_kernels(self) -> None:
        """The time is what the kernel said last, and nothing else.

        If this fails, take `now` of every message before the script runs on.
        """
        machine, messages = self._begin("clock")
        call = _only_call(messages)
        said = machine.feed({"t": "settle", "id": call["id"], "ok": True, "value": None, "now": LATER})
        assert _value(said) == [int(BEGAN + 1), int(LATER)]

    def test_the_chance_of_a_durable_spell_comes_from_its_seed(self) -> None:
        """Two runs with one seed draw the same numbers, one with another seed draws others."""
        drawn = [_value(self._begin("random", seed=seed)[1]) for seed in (SEED, SEED, OTHER_SEED)]
        assert drawn[0] == drawn[1]
        assert drawn[0] != drawn[2]
        assert len(set(drawn[0])) == RANDOMS

    def test_a_durable_spell_sees_no_address(self) -> None:
        """The text of an object is the same in every process."""
        shown = [_value(self._begin("names")[1]) for _ in range(2)]
        assert shown[0] == shown[1]
        assert not [text for text in shown[0] if ADDRESS.search(text)], f"an address is in {shown[0]}"

    def test_calls_of_a_durable_spell_say_where(self) -> None:
        """A call names the line of the script that made it, in its functions, too.

        If this fails, give the innermost frame that belongs to the script; `at` of other spells costs for nothing.
        """
        machine, messages = self._begin("places")
        first = _only_call(messages)
        second = _only_call(machine.feed({"t": "settle", "id": first["id"], "ok": True, "value": 1, "now": LATER}))
        assert [first["at"], second["at"]] == ["contract:4", "contract:6"]
        _, plain = self._begin("places", durable=False)
        assert "at" not in _only_call(plain)

    def _begin(self, name: str, *, seed: str = SEED, durable: bool = True) -> tuple[EngineMachine, list[Message]]:
        if name not in self.sources:
            pytest.skip(f"there is no source {name!r}")
        machine = self.open()
        api = "N Probe echo fail register slow\nN Async sleep run= all=\nP print\nH box open"
        hello: dict[str, Any] = {
            "t": "hello", "v": 1, "api": api, "env": {}, "params": {}, "limits": {}, "seed": seed, "name": "contract",
            "source": self.sources[name], "now": BEGAN, **({"durable": True} if durable else {}),
        }  # fmt: skip
        (answer,) = machine.feed(cast("Message", hello))
        if durable and not self.durable_here:
            assert not answer["ok"], "the machine took a durable spell where it cannot keep what that promises"
            pytest.skip(answer["error"]["message"])
        assert answer["ok"], f"the source {name!r} was not accepted: {answer}"
        return machine, machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": [], "now": BEGAN + 1})


def _only_call(messages: list[Message]) -> dict[str, Any]:
    (call,) = (message for message in messages if message["t"] == "call")
    return cast("dict[str, Any]", call)


def _value(messages: list[Message]) -> Any:
    (answer,) = (message for message in messages if message["t"] == "return")
    assert answer["ok"], f"the source failed: {answer}"
    return answer["value"]
