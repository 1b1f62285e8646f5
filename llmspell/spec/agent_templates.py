"""Templates of agents: a prompt, settings and tools, of which agents are made and further templates derived.

The target is the text of a TOML file, or a table with the same keys:

    name = "poet"
    description = "Write short poems."
    capabilities = ["writing"]
    system_prompt = "You are {{name}}. Write {{settings.length}} poems."
    tools = ["text_manipulator"]

    [settings]
    length = "short"

`llmspell template validate` checks such a file; docs/how-to/make-templates.md lists the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable


def agent_template(
    name: str, target: str, summary: str, *, capabilities: Iterable[str] = (), aliases: Iterable[str] = (), **more: Any
) -> Component:
    """Describe a template; name, summary, capabilities and aliases are those that its text says, too."""
    return Component(
        "agent_template",
        name,
        target,
        summary,
        category="agents",
        effect="pure",
        capabilities=capabilities,
        aliases=aliases,
        **more,
    )


@hookspec
def llmspell_agent_templates() -> list[Component]:
    """Return the templates of agents this plugin provides, made with `agent_template()`.

    Called once, when templates are first asked for. Must not read them: name the text in `target`.
    """
    return []
