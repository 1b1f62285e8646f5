"""The kit for plugin authors: contract classes, a loopback server, a scripted model, real contexts.

Sockets are refused beyond loopback by the pytest plugin `llmspell.testing.plugin`.

    class TestPlugin(PluginContract):
        plugin = "llmspell_tools_web.plugin"

    class TestFetch(ToolContract):
        tool = "web_fetch"

A test of a contract says in its docstring why it is there. It may only be overridden with
`@pytest.mark.xfail(reason=...)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.testing.child_machine import ChildMachine
    from llmspell.testing.clock import ManualClock
    from llmspell.testing.conformance.contract import EngineContract
    from llmspell.testing.conformance.item import untried
    from llmspell.testing.context import open_context
    from llmspell.testing.disk import full_disk
    from llmspell.testing.durable_contract import DurableContract
    from llmspell.testing.embedded_contract import EmbeddedStorageContract
    from llmspell.testing.engine_machine_contract import EngineMachineContract
    from llmspell.testing.input_contract import InputContract
    from llmspell.testing.model import ScriptedModel, script_model
    from llmspell.testing.plugin_contract import PluginContract
    from llmspell.testing.provider_contract import ProviderContract
    from llmspell.testing.server import Reply, Server
    from llmspell.testing.storage_contract import StorageContract
    from llmspell.testing.structured_contract import StructuredContract
    from llmspell.testing.template_contract import AgentTemplateContract
    from llmspell.testing.tool_contract import ToolContract

_HOMES = {
    "AgentTemplateContract": "template_contract",
    "ChildMachine": "child_machine",
    "DurableContract": "durable_contract",
    "EmbeddedStorageContract": "embedded_contract",
    "EngineContract": "conformance.contract",
    "EngineMachineContract": "engine_machine_contract",
    "InputContract": "input_contract",
    "ManualClock": "clock",
    "PluginContract": "plugin_contract",
    "ProviderContract": "provider_contract",
    "Reply": "server",
    "ScriptedModel": "model",
    "Server": "server",
    "StorageContract": "storage_contract",
    "StructuredContract": "structured_contract",
    "ToolContract": "tool_contract",
    "full_disk": "disk",
    "open_context": "context",
    "script_model": "model",
    "untried": "conformance.item",
}

__all__ = [
    "AgentTemplateContract",
    "ChildMachine",
    "DurableContract",
    "EmbeddedStorageContract",
    "EngineContract",
    "EngineMachineContract",
    "InputContract",
    "ManualClock",
    "PluginContract",
    "ProviderContract",
    "Reply",
    "ScriptedModel",
    "Server",
    "StorageContract",
    "StructuredContract",
    "ToolContract",
    "full_disk",
    "open_context",
    "script_model",
    "untried",
]


def __getattr__(name: str) -> object:
    """Import a name on first use: hypothesis and jsonschema-rs are only paid by the contracts that need them."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - as said above

    return getattr(import_module(f"{__name__}.{home}"), name)
