"""Config sections: the keys of `llmspell.toml` that belong to a component."""

from __future__ import annotations

from typing import Any

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec


def config_section(name: str, target: str, summary: str, *, path: str, **more: Any) -> Component:
    """Describe a section: `target` is an attrs class whose fields and defaults are its keys.

    `path` is dotted (`providers.openai`).

    A field named in the class attribute `SECRETS` is kept as a secret handle; one in `MILLISECONDS` is a number of
    milliseconds in files that say `version = "2.0"` and seconds elsewhere.
    `ENVIRONMENT` maps fields to environment variables that stand in where nothing else sets them.
    """
    return Component("config_section", name, target, summary, category="config", extra={"path": path}, **more)


@hookspec
def llmspell_config_sections() -> list[Component]:
    """Return the config sections of this plugin, made with `config_section()`.

    Called once, when a configuration is validated.
    """
    return []
