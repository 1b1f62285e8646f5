"""The events the kernel emits, by name; every other event is custom.

Lifecycle names are the hook points of `spec/lifecycle.py`; each operation of `model/call.py` has four
more. A test compares this list with both, so a name that is missing or left over fails.
"""

from __future__ import annotations

from typing import Final

KERNEL_EVENTS: Final[dict[str, str]] = {
    # lifecycle
    "system_startup": "The application opened.",
    "system_shutdown": "The application is about to close.",
    "configuration_change": "A configuration was loaded or changed; `data.changed` names the keys.",
    "plugin_loaded": "A plugin was imported and registered.",
    "plugin_failed": "A plugin could not be loaded; `data.error` holds the error.",
    "component_registered": "A component became available at run time.",
    "component_unregistered": "A component was withdrawn at run time.",
    "session_start": "A session began.",
    "session_end": "A session ended.",
    "agent_created": "An agent was made.",
    "agent_closed": "An agent was closed.",
    "after_tools_used": "An agent has run all tool calls of one answer.",
    "limit_reached": "A run met a limit; `data.limit` names it.",
    "stream_chunk": "A part of a streamed answer passed by.",
    "custom": "Any event that is not in this list, for whoever subscribes to this name.",
    # operations
    "spell_execution_started": "A spell began.",
    "spell_execution_completed": "A spell ended with a result.",
    "spell_execution_failed": "A spell ended with an error.",
    "spell_execution_refused": "A spell was refused by a hook or a missing right.",
    "agent_execution_started": "An agent run began.",
    "agent_execution_completed": "An agent run ended with a result.",
    "agent_execution_failed": "An agent run ended with an error.",
    "agent_execution_refused": "An agent run was refused by a hook or a missing right.",
    "llm_call_started": "A model call began.",
    "llm_call_completed": "A model call ended with a completion.",
    "llm_call_failed": "A model call ended with an error.",
    "llm_call_refused": "A model call was refused by a hook or a missing right.",
    "tool_execution_started": "A tool call began.",
    "tool_execution_completed": "A tool call ended with a result.",
    "tool_execution_failed": "A tool call ended with an error.",
    "tool_execution_refused": "A tool call was refused by a hook or a missing right.",
    "workflow_execution_started": "A workflow began.",
    "workflow_execution_completed": "A workflow ended with a result.",
    "workflow_execution_failed": "A workflow ended with an error.",
    "workflow_execution_refused": "A workflow was refused by a hook or a missing right.",
    "workflow_step_started": "A step of a workflow began.",
    "workflow_step_completed": "A step of a workflow ended with a result.",
    "workflow_step_failed": "A step of a workflow ended with an error.",
    "workflow_step_refused": "A step of a workflow was refused by a hook or a missing right.",
    "handoff_started": "A handoff between agents began.",
    "handoff_completed": "A handoff between agents ended with a result.",
    "handoff_failed": "A handoff between agents ended with an error.",
    "handoff_refused": "A handoff between agents was refused by a hook or a missing right.",
    "state_write_started": "A write to state or storage began.",
    "state_write_completed": "A write to state or storage is done.",
    "state_write_failed": "A write to state or storage ended with an error.",
    "state_write_refused": "A write to state or storage was refused by a hook or a missing right.",
    # inside an operation
    "replayed": "An operation was answered from the journal instead of being run.",
    "progress": "Long work has come further: `data.done`, `data.total`, `data.message`.",
    "retry_scheduled": "A failed call will be made again; `data.delay` is in seconds.",
    "fallback_used": "A model failed and another one is asked: `data.from`, `data.to`, `data.error`.",
    "scripted_model_used": "No provider is configured, so the steps beside the spell play the model's part.",
    "log": "A spell or component wrote a log line.",
}

EVENT_ALIASES: Final[dict[str, str]] = {
    "agent_completed": "agent_execution_completed",
    "agent_execution_complete": "agent_execution_completed",
    "agent_execution_start": "agent_execution_started",
    "agent_started": "agent_execution_started",
    "agent_error": "agent_execution_failed",
    "llm_call_start": "llm_call_started",
    "llm_call_complete": "llm_call_completed",
    "llm_error": "llm_call_failed",
    "tool_completed": "tool_execution_completed",
    "tool_execution_complete": "tool_execution_completed",
    "tool_execution_start": "tool_execution_started",
    "tool_started": "tool_execution_started",
    "tool_error": "tool_execution_failed",
    "workflow_complete": "workflow_execution_completed",
    "workflow_completed": "workflow_execution_completed",
    "workflow_started": "workflow_execution_started",
    "workflow_error": "workflow_execution_failed",
    "workflow_step_complete": "workflow_step_completed",
    "workflow_step_error": "workflow_step_failed",
    "spell_completed": "spell_execution_completed",
    "spell_error": "spell_execution_failed",
    "handoff_error": "handoff_failed",
    "state_error": "state_write_failed",
    "state_changed": "state_write_completed",
}
"""Names of the source documents and of error hook points, for the events they mean; subscribers may use either."""
