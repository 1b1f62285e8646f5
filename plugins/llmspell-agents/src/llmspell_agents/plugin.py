"""The templates of this distribution, described without reading them."""

from __future__ import annotations

from llmspell.spec import Component, agent_template, hookimpl


@hookimpl
def llmspell_agent_templates() -> list[Component]:
    """Describe the templates."""
    from llmspell_agents.shipped import TEMPLATES  # noqa: PLC0415 - paid by who asks for templates

    return [
        agent_template(
            name, f"llmspell_agents.templates:{name}", summary, capabilities=able.split(), aliases=others.split()
        )
        for name, summary, able, others in TEMPLATES
    ]
