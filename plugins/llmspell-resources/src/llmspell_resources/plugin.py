"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hook_set, hookimpl

PARTS = {
    "process": ("ProcessSection", "What all runs of a process may take together."),
    "run": ("RunSection", "What one run may take."),
    "agent": ("AgentSection", "What one agent of a run may take."),
    "tool": ("ToolSection", "What the calls of one tool in a run may take."),
    "activity": ("ActivitySection", "How much is kept of what each agent did."),
    "monitor": ("MonitorSection", "Counted rules, and what is blocked when one is broken."),
}


@hookimpl
def llmspell_hook_sets() -> list[Component]:
    """Offer the parts of `[resources]`."""
    target = "llmspell_resources.resources:Resources"
    summary = "Nested budgets, an activity log, a monitor."
    parts = ("process", "run", "agent", "tool")
    return [hook_set("resources", target, summary, path="resources", options={"resources": "agent"}, ports=parts)]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[resources.<part>]`."""
    return [
        config_section(f"resources_{part}", f"llmspell_resources.sections:{name}", summary, path=f"resources.{part}")
        for part, (name, summary) in PARTS.items()
    ]
