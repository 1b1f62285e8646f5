"""The trace of a run as one page of HTML that asks for nothing outside it.

What a log holds is data of the page, never markup: it is JSON in which no character means anything to HTML, and the
page's script makes text nodes of it. A Content-Security-Policy lets in that script and that style by their hashes, and
nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from llmspell.runtime.journal.trace_data import operation_data, run_data, totals_data
from llmspell.runtime.journal.trace_values import REF, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.runtime.journal.trace import Trace

_ACTIVE: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
"""What HTML, or JavaScript, would read otherwise than JSON does."""

_HOLE: Final = re.compile(r"\{\{ (\w+) \}\}")


def trace_page(trace: Trace, *, messages: bool = False) -> str:
    """Give the page; `messages` adds what went between kernel and script."""
    style, script = _file("page.css"), _file("page.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"
    title = f"{trace.header.get('file') or trace.header.get('name') or 'run'} {trace.status}"
    parts = {
        "policy": f"{policy}; form-action 'none'",
        "title": html.escape(title),
        "style": style,
        "script": script,
        "data": _json(_data(trace, messages=messages)),
    }
    return _HOLE.sub(lambda hole: parts[hole[1]], _file("page.html"))


def _data(trace: Trace, *, messages: bool) -> dict[str, Any]:
    run = run_data(trace)
    del run["source"]
    return {
        "run": run,
        "totals": totals_data(trace),
        "operations": list(_operations(trace)),
        "texts": {digest: _marked(value) for digest, value in trace.texts.items()},
        **({"messages": [_marked(one) for one in trace.messages]} if messages else {}),
    }


def _operations(trace: Trace) -> Iterator[dict[str, Any]]:
    """Yield operations, each after the one it lies in, which `above` gives by its place in the list."""
    places: dict[int, int] = {}
    for index, (level, one) in enumerate(trace.walk()):
        about = operation_data(trace, one, whole=_marked)
        places[level] = index
        yield {**about, "line": about["at"], "at": one.at, "level": level + 1, "above": places.get(level - 1)}


def _marked(value: Any) -> Any:
    """Give a value with `{"$ref": digest}` for what it mentions; a key that begins with `$` gets one more."""
    if isinstance(value, Ref):
        return {REF: value.digest}
    if isinstance(value, list):
        return [_marked(one) for one in value]
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: _marked(one) for key, one in value.items()}
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).translate(_ACTIVE)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return (files("llmspell.cli") / "runs_page" / name).read_text(encoding="utf-8")
