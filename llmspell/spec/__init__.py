"""The contract: all that a plugin imports, besides `llmspell.model` and `llmspell.errors`.

One module per component kind, named in the plural so that `tool` can be the function that describes one.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is a tenth of the start of an engine's child, which imports `llmspell.spec.wire`

if TYPE_CHECKING:
    from llmspell.spec.agent_templates import agent_template
    from llmspell.spec.arguments import Argument, command
    from llmspell.spec.commands import Application, CommandConsole
    from llmspell.spec.config_sections import config_section
    from llmspell.spec.context import Context, Grants, Scope
    from llmspell.spec.descriptor import Component
    from llmspell.spec.encryptions import encryption
    from llmspell.spec.engines import EngineMachine, engine
    from llmspell.spec.executors import Executor, executor
    from llmspell.spec.files import FileInfo, FileSystem
    from llmspell.spec.hook_sets import Hook, HookSet, hook_set
    from llmspell.spec.http import Http, Response, ServerEvent
    from llmspell.spec.markers import HookOptions, hookimpl, hookspec
    from llmspell.spec.network import Network
    from llmspell.spec.process import Completed, Processes
    from llmspell.spec.programs import program
    from llmspell.spec.providers import Provider, provider
    from llmspell.spec.script_modules import Options, function, script_module
    from llmspell.spec.secret_stores import SecretStore, secret_store
    from llmspell.spec.secrets import SecretRef, Secrets
    from llmspell.spec.storages import Operation, Storage, StorageStats, storage
    from llmspell.spec.tools import Doc, Example, Tool, ToolOutput, tool
    from llmspell.spec.workflow_kinds import Flow, WorkflowKind, workflow_kind

_HOMES = {
    "agent_templates": ("agent_template",),
    "arguments": ("Argument", "command"),
    "commands": ("Application", "CommandConsole"),
    "config_sections": ("config_section",),
    "context": ("Context", "Grants", "Scope"),
    "descriptor": ("Component",),
    "encryptions": ("encryption",),
    "engines": ("EngineMachine", "engine"),
    "executors": ("Executor", "executor"),
    "files": ("FileInfo", "FileSystem"),
    "hook_sets": ("Hook", "HookSet", "hook_set"),
    "http": ("Http", "Response", "ServerEvent"),
    "markers": ("HookOptions", "hookimpl", "hookspec"),
    "network": ("Network",),
    "process": ("Completed", "Processes"),
    "programs": ("program",),
    "providers": ("Provider", "provider"),
    "script_modules": ("Options", "function", "script_module"),
    "secret_stores": ("SecretStore", "secret_store"),
    "secrets": ("SecretRef", "Secrets"),
    "states": ("Entry", "State"),
    "storages": ("Operation", "Storage", "StorageStats", "storage"),
    "tools": ("Doc", "Example", "Tool", "ToolOutput", "tool"),
    "workflow_kinds": ("Flow", "WorkflowKind", "workflow_kind"),
}

__all__ = [
    "Application",
    "Argument",
    "CommandConsole",
    "Completed",
    "Component",
    "Context",
    "Doc",
    "EngineMachine",
    "Entry",
    "Example",
    "Executor",
    "FileInfo",
    "FileSystem",
    "Flow",
    "Grants",
    "Hook",
    "HookOptions",
    "HookSet",
    "Http",
    "Network",
    "Operation",
    "Options",
    "Processes",
    "Provider",
    "Response",
    "Scope",
    "SecretRef",
    "SecretStore",
    "Secrets",
    "ServerEvent",
    "State",
    "Storage",
    "StorageStats",
    "Tool",
    "ToolOutput",
    "WorkflowKind",
    "agent_template",
    "command",
    "config_section",
    "encryption",
    "engine",
    "executor",
    "function",
    "hook_set",
    "hookimpl",
    "hookspec",
    "program",
    "provider",
    "script_module",
    "secret_store",
    "storage",
    "tool",
    "workflow_kind",
]


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - paid only by whoever asks for a name

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
