"""The script API: one module per namespace, imported when a script first calls it.

`names.py` beside this file is generated from these classes, so that an engine can be told every name without importing
any of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.bridge.definition import Handle, Namespace

NAMESPACES = {
    "Agent": "agent:Agents",
    "Template": "template:Templates",
    "Models": "models:Models",
    "Tool": "tool:Tool",
    "Tools": "tools:Tools",
    "Events": "events:Events",
    "Hooks": "hooks:Hooks",
    "Config": "config:Config",
    "Storage": "storage:Storage",
    "State": "state:State",
    "Session": "sessions:Session",
    "Runs": "runs:Runs",
    "Workflow": "workflow:Workflows",
    "Spell": "spell:Spell",
    "Log": "log:Log",
    "Async": "async_:Async",
    "ErrorHandler": "error_handler:ErrorHandler",
    "ErrorStrategy": "error_strategy:ErrorStrategy",
    "JSON": "json_:Json",
    "Assert": "assertions:Assert",
    "Testing": "testing:Testing",
    "Module": "module:Module",
}
"""Where each namespace is defined, below this package."""

HANDLES = {
    "agent": "agent:AgentHandle",
    "template": "template:TemplateHandle",
    "tool": "tool:ToolHandle",
    "subscription": "events:SubscriptionHandle",
    "view": "events:ViewHandle",
    "hook": "hooks:HookHandle",
    "proceed": "hooks:ProceedHandle",
    "listener": "listener:ListenerHandle",
    "suite": "testing:SuiteHandle",
    "case": "testing:CaseHandle",
    "mock": "testing:MockHandle",
    "spell": "spell:SpellHandle",
    "composed": "spell:ComposedHandle",
    "session": "sessions:SessionHandle",
    "state": "state:StateHandle",
    "state_subscription": "state:StateSubscriptionHandle",
    "workflow": "workflow:WorkflowHandle",
    "workflow_run": "workflow_runs:WorkflowRunHandle",
}
"""Where each kind of object a script can hold is defined."""

GLOBAL_POSTS = ("print", "log", "trace", "debug", "info", "warn")
"""Functions of `Log` that are also globals."""

OPTIONS = (
    "strategy:Strategy",
    "tool:CallOptions",
    "agent_guards:GuardOptions",
    "agent_guards:GuardSettings",
    "agent_memory:MemorySettings",
    "agent_peers:PeerOptions",
    "workflow_options:StepOptions",
    "workflow_options:WorkflowOptions",
)
"""Options that many functions take: annotations name them without importing them."""


def _load(target: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def namespace_class(name: str) -> type[Namespace] | None:
    """Import the class of a namespace, None when there is none of this name."""
    target = NAMESPACES.get(name)
    return cast("type[Namespace]", _load(target)) if target else None


def handle_class(kind: str) -> type[Handle] | None:
    """Import the class of a kind of handle, None when there is none of this name."""
    target = HANDLES.get(kind)
    return cast("type[Handle]", _load(target)) if target else None


def class_named(name: str) -> type | None:
    """Import the class of handles or options of this class name, None when there is none."""
    targets = (*HANDLES.values(), *OPTIONS)
    target = next((target for target in targets if target.endswith(f":{name}")), None)
    return cast("type", _load(target)) if target else None


def namespaces() -> Iterator[type[Namespace]]:
    """Import and yield every namespace, in the order of the reference."""
    for target in NAMESPACES.values():
        yield cast("type[Namespace]", _load(target))


def handles() -> Iterator[type[Handle]]:
    """Import and yield every class of handles, in the order of the reference."""
    for target in HANDLES.values():
        yield cast("type[Handle]", _load(target))


def names_string() -> str:
    """Give every name of the API in the line format of spec/wire.py; imports no namespace."""
    from llmspell.bridge.api.names import NAMES  # noqa: PLC0415 - the generator of that file imports this package

    return NAMES
