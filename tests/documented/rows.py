"""Read the table of documented calls: Markdown files with one heading, a few facts and three programs for each row.

    ## what the documents promise
    gives: {"answer": 42}
    steps: [{"text": "hello"}]

and then a block of ```lua, ```javascript and ```python each. The facts are JSON:

    gives     what the program returns, the same in every language
    fails     how it ends instead: `{"type": ..., "says": [...]}`; every text of `says` is in message or suggestions
    prints    the lines it prints
    steps     the scripted model that answers its agents
    grants    what it may do, as on the command line
    config    the application's configuration
    plugins   what `-p` names on the command line
    files     files beside it: name -> text
    durable   whether the run is kept
    absent    languages that cannot say it: language -> why
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = Path(__file__).with_name("calls")
LANGUAGES = {"lua": ".lua", "javascript": ".js", "python": ".py"}
FACTS = {"gives", "fails", "prints", "steps", "grants", "config", "plugins", "files", "durable", "absent"}

_FACT = re.compile(r"(\w+): (.+)")


class Row(NamedTuple):
    """One documented call: its title, where it stands, its facts, and its program in each language."""

    title: str
    place: str
    facts: dict[str, Any]
    programs: dict[str, str]


def rows() -> Iterator[Row]:
    """Yield every row of every file."""
    for page in sorted(CALLS.glob("*.md")):
        yield from _rows(page)


def _rows(page: Path) -> Iterator[Row]:
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        head, *blocks = re.split(r"^```(\w*)\n", body, flags=re.MULTILINE)
        programs = dict(zip(blocks[::2], blocks[1::2], strict=False))
        facts = dict(_fact(line, page, title) for line in head.splitlines() if line.strip())
        row = Row(
            title, page.stem, facts, {language: programs[language] for language in LANGUAGES if language in programs}
        )
        _check(row, set(programs) - {""})
        yield row


def _fact(line: str, page: Path, title: str) -> tuple[str, Any]:
    found = _FACT.fullmatch(line.strip())
    if found is None or found[1] not in FACTS:
        message = f"{page.name}, {title!r}: no fact: {line}"
        raise ValueError(message)
    return found[1], json.loads(found[2])


def _check(row: Row, written: set[str]) -> None:
    """Refuse a row that could not fail, and one that leaves a language out without saying why."""
    unknown = written - set(LANGUAGES)
    missing = set(LANGUAGES) - written - set(row.facts.get("absent", {}))
    judged = {"gives", "fails", "prints"} & set(row.facts)
    if unknown or missing or not judged:
        message = f"{row.place}.md, {row.title!r}: unknown {unknown}, missing {missing}, judged by {judged}"
        raise ValueError(message)
