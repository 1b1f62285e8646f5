"""What this distribution provides, described without reading it."""

from __future__ import annotations

from llmspell.spec import Component, agent_template, hookimpl, script_module


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


@hookimpl
def llmspell_script_modules() -> list[Component]:
    """Bring `Collaboration` and `Swarm`."""
    return [
        script_module(
            name.lower(),
            f"llmspell_agents.collaboration.module:{name}",
            summary,
            namespace=name,
            functions=functions,
            needs=("agent.spawn",),
        )
        for name, summary, functions in (
            (
                "Collaboration",
                "Agents that work on one task together.",
                ("start", "run", "stream", "resume", "resume_stream", "strategies"),
            ),
            (
                "Swarm",
                "Agents that better a solution together.",
                ("create", "new", "run", "execute", "stream", "resume"),
            ),
        )
    ]
