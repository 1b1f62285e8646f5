"""The contract of inputs of a read-eval loop, kept by this engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.testing import InputContract
from llmspell_engine_lua.machine import LuaMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine


class TestInputs(InputContract):
    inputs: ClassVar[Mapping[str, str]] = {
        "declare": "x = 41",
        "value": "x + 1",
        "nothing": "local y = 5",
        "last": "_",
        "begun": "do local a = 3",
        "whole": "do local a = 3\n return a + 4 end",
        "syntax": "x = = 1",
        "throw": "error('boom')",
        "call": "Probe.echo(5)",
        "forever": "print('on') while true do end",
    }

    def machine(self) -> EngineMachine:
        return LuaMachine()
