"""The lifecycle points: observers of events, isolated, counted and switched off after repeated failures."""
# The functions are specifications: their bodies are empty and their arguments are documentation.

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from llmspell.model.event import Event


# -------------------------------------------------------------------------------------------------------------


@hookspec
def llmspell_system_startup(event: Event) -> None:
    """Observe that the application opened."""


@hookspec
def llmspell_system_shutdown(event: Event) -> None:
    """Observe that the application is about to close."""


@hookspec
def llmspell_configuration_change(event: Event) -> None:
    """Observe that a configuration was loaded or changed; `event.data` names the changed keys."""


@hookspec
def llmspell_plugin_loaded(event: Event) -> None:
    """Observe that a plugin was imported and registered."""


@hookspec
def llmspell_plugin_failed(event: Event) -> None:
    """Observe that a plugin could not be loaded; `event.data` holds the error."""


@hookspec
def llmspell_component_registered(event: Event) -> None:
    """Observe that a component became available at run time."""


@hookspec
def llmspell_component_unregistered(event: Event) -> None:
    """Observe that a component was withdrawn at run time."""


@hookspec
def llmspell_session_start(event: Event) -> None:
    """Observe that a session began."""


@hookspec
def llmspell_session_end(event: Event) -> None:
    """Observe that a session ended."""


@hookspec
def llmspell_agent_created(event: Event) -> None:
    """Observe that an agent was made."""


@hookspec
def llmspell_agent_closed(event: Event) -> None:
    """Observe that an agent was closed."""


@hookspec
def llmspell_after_tools_used(event: Event) -> None:
    """Observe that an agent has run all tool calls of one answer."""


@hookspec
def llmspell_limit_reached(event: Event) -> None:
    """Observe that a run met a limit; `event.data` names it."""


@hookspec
def llmspell_stream_chunk(event: Event) -> None:
    """Observe that a part of a streamed answer passed by."""


@hookspec
def llmspell_custom(event: Event) -> None:
    """Observe that a script or plugin emitted an event of its own; `event.name` tells which."""
