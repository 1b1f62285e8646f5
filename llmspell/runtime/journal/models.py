"""Values of our own in records: requests, answers, results of agents and tools, entries of a state.

Only what stands in `MODELS` is written or read; nothing is imported by what a record says. A field that has its
default is left out. Messages and the descriptions of tools come as `Shared` JSON, written once for each object.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from llmspell.runtime.journal.texts import kept, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.journal.values import Writer

MODELS: Final[dict[str, str]] = {
    "agent_input": "llmspell.model.agent:AgentInput",
    "agent_result": "llmspell.model.agent:AgentResult",
    "completion": "llmspell.model.llm:Completion",
    "embed_request": "llmspell.model.embedding:EmbedRequest",
    "embeddings": "llmspell.model.embedding:Embeddings",
    "entry": "llmspell.spec.states:Entry",
    "handoff": "llmspell.model.handoff:Handoff",
    "labelled": "llmspell.runtime.journal.effects:Labelled",
    "message": "llmspell.model.llm:Message",
    "model_info": "llmspell.model.embedding:ModelInfo",
    "operation": "llmspell.spec.storages:Operation",
    "pending": "llmspell.model.approval:Pending",
    "request": "llmspell.model.llm:LlmRequest",
    "session": "llmspell.services.sessions:Session",
    "spent": "llmspell.model.spent:Spent",
    "storage_stats": "llmspell.spec.storages:StorageStats",
    "tool_call": "llmspell.model.llm:ToolCall",
    "tool_output": "llmspell.spec.tools:ToolOutput",
    "tool_record": "llmspell.model.agent:ToolRecord",
    "tool_spec": "llmspell.model.llm:ToolSpec",
    "usage": "llmspell.model.llm:Usage",
}
"""The classes by their names in records. A name that was once written is never given to another class."""

_NAMES: Final = {(place.partition(":")[0], place.partition(":")[2]): name for name, place in MODELS.items()}
_LOOSE: Final[dict[str, Any]] = {"tool_choice": str}
"""Fields whose type says more than can be checked: some words, or any other."""

_REQUIRED: Final = object()
_SHARED: Final = frozenset({"message", "tool_spec"})


def model_name(value: object) -> str | None:
    """Name the class of a value of our own, None for all others."""
    kind = type(value)
    return _NAMES.get((kind.__module__, kind.__qualname__))


def model_fields(value: object, name: str, writer: Writer, path: str, depth: int) -> object:
    """Write the fields of a value of our own."""
    if name not in _SHARED:
        return _fields(value, writer, path, depth)
    found = kept(value, writer.mask)
    return share(value, writer.mask, _shared(value, name, writer, path)) if found is None else found


def _shared(value: Any, name: str, writer: Writer, path: str) -> dict[str, Any]:
    if name == "message":
        from llmspell.model.message_json import message_to_json  # noqa: PLC0415 - paid by who asks models

        return writer.write(message_to_json(value), path)  # type: ignore[return-value]  # a map stays one
    return _fields(value, writer, path, 0)


def _fields(value: Any, writer: Writer, path: str, depth: int) -> dict[str, Any]:
    written: dict[str, Any] = {}
    kind: Any = type(value)
    for field, default in _defaults(kind).items():
        one = getattr(value, field)
        if one is default or (type(one) is type(default) and one == default):
            continue
        written[field] = writer.write(one, f"{path}.{field}", depth + 1)
    return written


def model_of(name: str, fields: Mapping[str, Any]) -> object:
    """Make a value of our own of its fields, which are read already; raises ValueError and TypeError."""
    if name not in MODELS:
        message = f"{name!r} names no value that is kept"
        raise ValueError(message)
    if name == "message":
        from llmspell.model.message_json import message_from_json  # noqa: PLC0415 - paid by who asked models

        return message_from_json(fields)
    kind = _class(name)
    if issubclass(kind, tuple):
        defaults = _defaults(kind)
        return kind(**{key: tuple(one) if type(defaults[key]) is tuple else one for key, one in fields.items()})
    import msgspec  # noqa: PLC0415 - paid by who asked models

    hints = _hints(kind)
    return kind(**{key: msgspec.convert(one, hints[key]) for key, one in fields.items()})


@cache
def _class(name: str) -> Any:
    module, _, attribute = MODELS[name].partition(":")
    return getattr(import_module(module), attribute)


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Give the types of the fields, Any for those whose values are instances already: messages, what has no type."""
    from llmspell.model.llm import Message  # noqa: PLC0415 - the classes with such fields have imported it

    plain = {Message: Any, tuple[Message, ...]: tuple[Any, ...]}
    hints = {key: plain.get(hint, hint) for key, hint in get_type_hints(kind).items()}
    return {**hints, **_LOOSE}


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    """Give each field with its default, `_REQUIRED` where it has none."""
    if issubclass(kind, tuple):
        return {key: kind._field_defaults.get(key, _REQUIRED) for key in kind._fields}
    from attrs import NOTHING, Factory, fields  # noqa: PLC0415 - who has such a value has imported it

    found: dict[str, Any] = {}
    for field in fields(kind):
        default = field.default
        made = default.factory() if isinstance(default, Factory) else default  # type: ignore[arg-type]
        found[field.name] = _REQUIRED if default is NOTHING else made
    return found
