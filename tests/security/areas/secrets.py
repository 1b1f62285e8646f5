"""Secrets in every place where text leaves us, in every form that a value may have taken."""

from __future__ import annotations

import base64
import html
import json
import os
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from tests.security.probe import Area, Case
from tests.security.secret_places import PLACES, SILENT, VARIABLE, Scene, masked
from tests.security.secret_transcripts import TRANSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.probe import Stage

EVERYWHERE = {**PLACES, **TRANSCRIPTS}
ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "JSON": json.dumps,
    "JSON within JSON": lambda value: json.dumps(json.dumps({"k": value})),
    "URL": lambda value: quote(value, safe=""),
    "form": quote_plus,
    "HTML": html.escape,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 within a longer text": lambda value: base64.b64encode(f"user:{value};".encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(f"u:{value}".encode()).decode(),
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "hexadecimal": lambda value: value.encode().hex(),
    "as Python writes it": repr,
}


def load() -> list[Case]:
    """Give every place with every encoding, neighbours in different ones."""
    return [
        Case(f"{place}, {encoding}", {"place": place, "encoding": encoding})
        for turn in range(len(ENCODINGS))
        for number, place in enumerate(EVERYWHERE)
        for encoding in [list(ENCODINGS)[(number + turn) % len(ENCODINGS)]]
    ]


async def try_place(case: Case, stage: Stage) -> str | None:
    """Put an encoded secret into a place, and look for it, and for the secret itself, in what comes out."""
    value = f'sk-{stage.canary()}/+ö "q" <&>\\'
    encoded = ENCODINGS[case.data["encoding"]](value)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = value
    try:
        ctx = await stage.context(plugins=["tests.security.leaky"])
        out = await EVERYWHERE[case.data["place"]](Scene(f"here: {encoded}!", value, ctx, stage.fresh()))
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before
    return _fault(case, out, value, encoded)


def _fault(case: Case, out: str, value: str, encoded: str) -> str | None:
    core = value[3:30]  # letters and digits only: however the rest is written, these are there
    traces = {encoded.strip('"'), value, core, *(one[8:40] for one in (encoded,) if len(one) > 48)}
    if found := [one for one in traces if one in out]:
        return f"{found[0]!r} came out: {out[:300]}"
    silent = case.data["place"].split(":")[0] in SILENT
    if not silent and not masked(out):
        return f"nothing was masked, so nothing was tried: {out[:300]}"
    return None if out else "nothing came out at all"


AREA = Area(
    "secrets",
    promise="G14, T16",
    title="Secrets that come out",
    how="a secret is encoded and put into a log line, an event, an error, the console, the transcript and so on; what "
    "comes out there is searched for the secret, for its encoding and for a part of both",
    load=load,
    try_=try_place,
    sample=36,
)
