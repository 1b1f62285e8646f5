"""Changes of an audit log: each must be found, whoever made it without the key that records are signed with."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell_audit.log import AuditLog
    from tests.security.probe import Stage

EACH = 130
RECORDS = 60
KEY = b"the key of this probe, 32 bytes "

Lines = list[bytes]


def _flip(lines: Lines, chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    line = bytearray(lines[at])
    line[chance.randrange(len(line) - 1)] ^= 1 << chance.randrange(7)
    lines[at] = bytes(line)


def _word(lines: Lines, chance: random.Random) -> None:
    """Change a value, and leave valid JSON: what somebody does who hides something."""
    at = chance.randrange(1, len(lines))
    old, new = chance.choice(
        [(b'"number":', b'"number":1'), (b'"kind":"note"', b'"kind":"nope"'), (b'"time":"2', b'"time":"1')]
    )
    lines[at] = lines[at].replace(old, new, 1)


def _remove(lines: Lines, chance: random.Random) -> None:
    count = chance.choice([1, 1, 2, 7])
    at = chance.randrange(len(lines) - count)
    del lines[at : at + count]


def _swap(lines: Lines, chance: random.Random) -> None:
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]


def _move(lines: Lines, chance: random.Random) -> None:
    one, other = chance.sample(range(len(lines)), 2)
    lines.insert(other, lines.pop(one))


def _insert(lines: Lines, chance: random.Random) -> None:
    """Put in a record of this log once more, one that nobody signed, or one that another key signed."""
    from llmspell_audit.chain import Head, digest, line_of

    at = chance.randrange(1, len(lines) + 1)
    head = Head(at, digest(lines[at - 1].rstrip(b"\n")))
    forged = line_of(b"another key", head, 0.0, "note", {"number": -1})[0]
    lines.insert(at, chance.choice([chance.choice(lines), b"{}\n", b"\n", forged]))


def _rewrite(lines: Lines, chance: random.Random) -> None:
    """Change a record and sign all that follow anew, with another key."""
    from llmspell_audit.chain import Head, digest, line_of

    at = chance.randrange(1, len(lines))
    head = Head(at, digest(lines[at - 1].rstrip(b"\n")))
    for number in range(at, len(lines)):
        lines[number], head = line_of(b"another key", head, 0.0, "note", {"number": -1})


def _cut_lines(lines: Lines, chance: random.Random) -> None:
    del lines[-chance.randrange(1, len(lines) + 1) :]


def _cut_bytes(lines: Lines, chance: random.Random) -> None:
    whole = b"".join(lines)
    lines[:] = whole[: chance.randrange(len(whole))].splitlines(keepends=True)


CHANGES: dict[str, Callable[[Lines, random.Random], None]] = {
    "flip": _flip, "word": _word, "remove": _remove, "swap": _swap, "move": _move, "insert": _insert,
    "rewrite": _rewrite, "cut_lines": _cut_lines, "cut_bytes": _cut_bytes,
}  # fmt: skip
ANCHOR = "anchor"
"""The kind of change that leaves the log as it is, and changes what was told of its head."""


def load() -> list[Case]:
    """Give the cases, which differ by the seed that says where and how the log is changed."""
    return [
        Case(f"{kind}_{seed:03}", {"kind": kind, "seed": seed}) for seed in range(EACH) for kind in (*CHANGES, ANCHOR)
    ]


def log_in(folder: Path) -> AuditLog:
    """Give the log of a folder, whose files are full after some records."""
    from llmspell_audit.driver import Files
    from llmspell_audit.log import AuditLog, World
    from llmspell_audit.section import AuditSection

    section = AuditSection(max_size=4096, anchor_every=1e9)
    files, world = Files(folder / "audit.jsonl", folder / "anchor"), World(lambda: 2e9, lambda: "log", 1)
    return AuditLog(files, lambda: KEY, section, world)


async def filled(stage: Stage) -> Path:
    """Write a log, of which each case changes a copy; it is whole."""
    folder = stage.fresh()
    log = log_in(folder)
    for number in range(RECORDS):
        log.write("note", {"number": number, "text": "x" * (number % 50)})
    log.close()
    if log.verify().fault is not None:
        raise AssertionError("the log of this probe is not whole before anything was changed")
    log.files.close()
    return folder


async def change(case: Case, stage: Stage) -> str | None:
    """Change a copy of the log, over all of its files, and make sure of it."""
    original = await stage.once("log", filled)
    folder = stage.fresh()
    log = log_in(folder)
    names = sorted(path.name for path in original.glob("audit*.jsonl"))  # the current one has no number: it comes last
    pieces = [(original / name).read_bytes().splitlines(keepends=True) for name in names]
    before = [line for piece in pieces for line in piece]
    lines = list(before)
    chance = random.Random(f"{case.data['kind']} {case.data['seed']}")
    anchor = bytearray((original / "anchor").read_bytes())
    if case.data["kind"] == ANCHOR:
        anchor[chance.randrange(len(anchor))] ^= 1 << chance.randrange(8)
    while case.data["kind"] != ANCHOR and lines == before:
        CHANGES[case.data["kind"]](lines, chance)
    (folder / "anchor").write_bytes(anchor)
    for name, piece in zip(names, pieces, strict=True):
        count = len(lines) if name == names[-1] else len(piece)
        (folder / name).write_bytes(b"".join(lines[:count]))
        del lines[:count]
    found = log.verify()
    log.files.close()
    return None if found.fault is not None else f"{found.records} records passed as whole"


def needs() -> str | None:
    """Tell what is missing."""
    return None if find_spec("llmspell_audit") else "llmspell-audit is not installed"


AREA = Area(
    "audit_edits",
    promise="G16",
    title="Changed audit logs",
    how="a log of several files is changed by a seeded generator: bits, words, removed, swapped, moved, inserted and "
    "rewritten records, cut ends, or else its anchor is. A changed log that passes as whole counts as failed. What is "
    "cut after the last anchor, and what is written with the log's own key, is not tried: it is not found",
    load=load,
    try_=change,
    needs=needs,
    sample=90,
)
