from __future__ import annotations

import inspect

from llmspell.model.call import OPERATIONS
from llmspell.services.events_catalog import EVENT_ALIASES, KERNEL_EVENTS
from llmspell.spec import lifecycle as lifecycle_points

INSIDE = {
    "replayed",
    "state_updated",
    "progress",
    "workflow_paused",
    "workflow_resumed",
    "workflow_cancelled",
    "workflow_step_undone",
    "workflow_step_not_undone",
    "subject_blocked",
    "retry_scheduled",
    "fallback_used",
    "recovery_used",
    "approval_required",
    "approval_decided",
    "permission_asked",
    "scripted_model_used",
    "log",
}


def test_the_catalogue_is_the_lifecycle_points_and_four_per_operation() -> None:
    lifecycle = {
        name.removeprefix("llmspell_")
        for name, function in vars(lifecycle_points).items()
        if name.startswith("llmspell_") and list(inspect.signature(function).parameters) == ["event"]
    }
    operations = {f"{o}_{end}" for o in OPERATIONS for end in ("started", "completed", "failed", "refused")}
    assert lifecycle
    assert set(KERNEL_EVENTS) == lifecycle | operations | INSIDE


def test_every_description_is_one_sentence() -> None:
    assert [name for name, text in KERNEL_EVENTS.items() if not text.endswith(".")] == []


def test_an_alias_is_no_event_and_means_one() -> None:
    assert not EVENT_ALIASES.keys() & KERNEL_EVENTS.keys()
    assert set(EVENT_ALIASES.values()) <= KERNEL_EVENTS.keys()
