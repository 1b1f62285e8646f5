"""Audit logs that nobody changed: each must pass, however it was written."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.security.areas.audit_edits import log_in, needs
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from tests.security.probe import Stage

LOGS = 200


def load() -> list[Case]:
    """Give the cases, which differ by the seed that says what is written by whom."""
    return [Case(f"log_{seed:03}", {"seed": seed}) for seed in range(LOGS)]


async def write(case: Case, stage: Stage) -> str | None:
    """Write records of several writers in turn, of which some end and others begin, and make sure of the log."""
    chance = random.Random(case.data["seed"])
    folder = stage.fresh()
    logs = [log_in(folder) for _ in range(3)]
    texts = ("", "plain", '"quoted"\n', "\x00\ud800 ü 漢", "x" * 3000, '","mac":"')
    written = 0
    for _ in range(chance.randrange(1, 80)):
        log = chance.choice(logs)
        if chance.random() < 0.1:
            log.close()
            logs[logs.index(log)] = log_in(folder)
        else:
            log.write("note", {"text": chance.choice(texts), "seq": 0})
            written += 1
    for log in logs:
        log.close()
    last = log_in(folder)
    found = last.verify()
    last.files.close()
    if found.fault is not None:
        return f"{found.fault.what} at record {found.fault.seq}: {found.fault.says}"
    return None if found.records >= written else f"{written} records were written, and {found.records} are there"


AREA = Area(
    "audit_untouched",
    promise="G16",
    title="Untouched audit logs",
    how="logs of several writers, files and odd texts are written as a seed says, then made sure of: each must pass",
    load=load,
    try_=write,
    needs=needs,
    sample=8,
    also=True,
)
