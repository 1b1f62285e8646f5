"""What the console writes is what Node 20 writes: `console.txt` is its output for `console.js`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent


def test_values_look_as_in_node(start: Callable[..., Any]) -> None:
    spell = start((HERE / "console.js").read_text())
    spell.run()
    assert "\n".join(spell.printed) + "\n" == (HERE / "console.txt").read_text()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("console.log()", ""),
        ("console.log(new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } }))", "[object that cannot be shown]"),
        ("console.log('\\ud800')", "\ufffd"),
        ("console.log(Promise.resolve(1))", "Promise { <pending> }"),
        ("class E extends Error { name = 'E' } try { throw new E('m') } catch (e) { console.log(e) }", None),
        ("console.log(await Agent.new({}))", "Agent { name: 'ada', model: 'scripted' }"),
        ("console.log(Tools.get)", "[Function: get]"),
    ],
)
def test_corners(start: Callable[..., Any], source: str, text: str | None) -> None:
    spell = start(source)
    assert spell.run() is None
    assert len(spell.printed) == 1
    if text is not None:
        assert spell.printed == [text]
    else:
        assert spell.printed[0].startswith("E: m\n    at spell.js:1")
