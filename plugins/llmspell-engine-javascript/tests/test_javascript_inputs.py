"""The contract of inputs of a read-eval loop, kept by this engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.testing import InputContract
from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine


class TestInputs(InputContract):
    inputs: ClassVar[Mapping[str, str]] = {
        "declare": "const { x } = { x: 41 }",
        "value": "x + 1",
        "nothing": "let y = 5",
        "last": "_",
        "begun": "[3, 4].reduce((a, b) => {",
        "whole": "[3, 4].reduce((a, b) => {\n return a + b })",
        "syntax": "x = = 1",
        "throw": "throw new Error('boom')",
        "call": "await Probe.echo(5)",
        "forever": "console.log('on'); for (;;);",
    }

    def machine(self) -> EngineMachine:
        return JavaScriptMachine()
