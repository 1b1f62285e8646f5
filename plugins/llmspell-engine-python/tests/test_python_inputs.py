"""The contract of inputs of a read-eval loop, kept by this engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.testing import InputContract
from llmspell_engine_python.machine import PythonMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine


class TestInputs(InputContract):
    """Inputs of a read-eval loop."""

    inputs: ClassVar[Mapping[str, str]] = {
        "declare": "x = 41",
        "value": "x + 1",
        "nothing": "y = 5",
        "last": "_",
        "begun": "sum([3,",
        "whole": "sum([3,\n4])",
        "syntax": "x = = 1",
        "throw": "raise ValueError('boom')",
        "call": "await Probe.echo(5)",
        "forever": "print('on')\nwhile True: pass",
    }

    def machine(self) -> EngineMachine:
        return PythonMachine()
