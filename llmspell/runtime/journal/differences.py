"""How a call differs from the recorded one, told to people."""

from __future__ import annotations

import json
from difflib import get_close_matches, unified_diff
from typing import TYPE_CHECKING

from llmspell.errors import NonDeterminismError

if TYPE_CHECKING:
    from llmspell.model.call import Call
    from llmspell.runtime.journal.recorded import Record, Recorded

LINES = 40
"""Lines of a difference that are shown."""

REPLAYED = ["put back what was recorded, or record it anew with --record"]
EDITED = [
    "resume with the spell, its modules and the versions of plugins it was begun with",
    "begin a new run, or fork this one before the place at which they part",
]


def changed_call(
    recorded: Recorded, call: Call, said: object, digest: str, record: Record, *, strict: bool
) -> NonDeterminismError:
    """Say that another call was recorded at a place; `strict` in a replay, which nobody resumes."""
    path = record["p"]
    known = recorded.value(record.get("i") or recorded.intents.get(path, {}).get("i"))
    was, now = f"{record['o']} {record['s']!r}", f"{call.operation} {call.subject!r}"
    message = f"the run asks for another call than the one recorded at {path}: {now}"
    message += f" instead of {was}" if was != now else " with another input"
    return NonDeterminismError(
        message,
        suggestions=REPLAYED if strict else EDITED,
        context={
            "path": path,
            "recorded": {"operation": record["o"], "subject": record["s"], "digest": record["d"]},
            "asked": {"operation": call.operation, "subject": call.subject, "digest": digest},
            "difference": difference(known, said),
        },
    )


def missing_call(recorded: Recorded, path: str, call: Call, said: object) -> NonDeterminismError:
    """Say that nothing was recorded at a place, and what was recorded nearest to it."""
    same = [one for one, found in recorded.outcomes.items() if found["o"] == call.operation]
    near = next(iter(get_close_matches(path, same, n=1, cutoff=0.0)), None)
    about: dict[str, object] = {"path": path, "operation": call.operation, "subject": call.subject}
    if near is not None:
        found = recorded.outcomes[near]
        known = recorded.value(found.get("i") or recorded.intents.get(near, {}).get("i"))
        about |= {"nearest": near, "difference": difference(known, said)}
    else:
        about["input"] = said
    message = f"the recording has no {call.operation} {call.subject!r} at {path}, and a replay touches nothing outside"
    return NonDeterminismError(message, suggestions=REPLAYED, context=about)


def difference(was: object, now: object) -> str:
    """Compare two JSON values line by line, at most `LINES` lines of it."""
    old, new = (json.dumps(one, indent=1, ensure_ascii=False, sort_keys=True).splitlines() for one in (was, now))
    lines = list(unified_diff(old, new, "recorded", "asked", lineterm="", n=1))
    return "\n".join([*lines[:LINES], *([f"... {len(lines) - LINES} lines more"] if len(lines) > LINES else [])])
