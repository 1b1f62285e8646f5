"""What a log says was done, and what is left to do: held against what the ledger says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmspell.runtime.journal.texts import expand

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]
TOOLS = ("mark", "renew", "look", "broken")
OUTWARD = ("tool_execution", "llm_call", "state_write", "provider_call")


def done_by(records: Iterable[Record]) -> Counter[str]:
    """Count the effects that a log knows to have happened, by line of the ledger, requests to models as `llm`."""
    records = list(records)
    texts = {one["d"]: one["v"] for one in records if one["k"] == "text"}
    intents: dict[str, Record] = {}
    done: Counter[str] = Counter()
    for record in records:
        if record["k"] == "intent":
            intents[record["p"]] = record
        elif record["k"] == "done" and not record.get("cancelled") and not record.get("assumed"):
            if record["o"] == "tool_execution" and record["s"] in TOOLS:
                if record.get("error", {}).get("type", "tool") != "tool":
                    continue  # it did not come to that: a hook refused it, or what it was given
                given = record.get("i", intents.get(record["p"], {}).get("i"))
                done[f"{record['s']} {name_of(expand(given, texts))}"] += 1
            elif record["o"] == "llm_call":
                done["llm"] += 1
    return done


def name_of(given: Any) -> str:
    """Give the `name` that a recorded call of a tool was given."""
    while isinstance(given, dict) and "name" not in given:
        given = given.get("v", given.get("arguments"))
    return str(given["name"])


def shortened(ledger: Counter[str]) -> Counter[str]:
    """Count all requests to models as one kind: the log has them by place, not by what was said."""
    short: Counter[str] = Counter()
    for line, count in ledger.items():
        short["llm" if line.startswith("llm ") else line] += count
    return short


def open_effects(records: Iterable[Record]) -> dict[str, Record]:
    """Give the effects that were begun, may not be repeated, and have no outcome, by path."""
    found: dict[str, Record] = {}
    for record in records:
        if record["k"] == "intent" and record["e"] == "once" and record["o"] != "timer":
            found[record["p"]] = record
        elif record["k"] == "done":
            found.pop(record["p"], None)
    return found


def outcomes(records: Iterable[Record], *, blunt: bool = False) -> Counter[tuple[str, str, str]]:
    """Count what outward effects have an outcome: by operation, subject and digest of what they were given.

    blunt   take no account of what models were asked
    """
    return Counter(
        (one["o"], one["s"], "" if blunt and one["o"] == "llm_call" else one["d"])
        for one in records
        if one["k"] == "done" and one["o"] in OUTWARD and not one.get("cancelled")
    )


def twice(records: Iterable[Record]) -> list[str]:
    """Give the paths of effects that ended twice."""
    ended = Counter(one["p"] for one in records if one["k"] == "done" and one["o"] != "timer")
    return [path for path, count in ended.items() if count > 1]
