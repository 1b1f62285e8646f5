"""Names that people who read about llmspell will try and that have no back end yet: each says so, in every language.

None of them is a function that pretends: a global is as undefined as any other, and using it fails with an error of
type `api_unavailable` instead of the language's own words about nothing. A name leaves this list when its back end
arrives.
"""

from __future__ import annotations

TEAMS = "it comes with the distribution llmspell-agents: install that; agents also are tools of one another"

CHECKPOINTS = (
    "a durable run (`llmspell run --durable`) keeps every step by itself: `llmspell runs resume` goes on with it, "
    "`llmspell runs fork` from any place in it"
)

ABSENT = {
    "Memory": "it comes with llmspell-memory: pip install llmspell-memory",
    "Scheduler": "schedules come with a later release: `Async.schedule` runs a function while the spell lives",
    "Collaboration": TEAMS,
    "Swarm": TEAMS,
    "HookManager": "hooks are registered with `Hooks.register`",
    "Events.persist": "events are not kept beyond the run yet: subscribe with `*` and write what you need to `Storage`",
    "workflow.save_checkpoint": CHECKPOINTS,
    "workflow.restore_from_checkpoint": CHECKPOINTS,
    "Storage.compact": "a store uses the room of removed keys again by itself",
    "Hooks.execute": "the kernel alone runs the hooks of a point",
}
"""Name -> why it is not there and what to do instead. Methods are written as `kind.method`."""


def sentence(name: str) -> str:
    """Give the message of the error."""
    return f"{name} is not available: {ABSENT[name]}"
