"""Listener: hooks that need no function of the script: a logger, a collector of metrics, a validator, a transformer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.log import Log
from llmspell.bridge.definition import Handle, Options, function
from llmspell.errors import HookError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession

Context = dict[str, Any]


class LoggerOptions(Options):
    """What a logger writes, and where."""

    level: Annotated[Literal["trace", "debug", "info", "warn", "error"], "level of its notes"] = "info"
    format: Annotated[Literal["text", "json"], "lines for people, or JSON"] = "text"
    output: Annotated[Literal["log", "stdout"], "the log, or standard output"] = "log"


class CollectorOptions(Options):
    """Where metrics go."""

    absent = dict.fromkeys(("port", "endpoint", "interval"), "metrics stay in the spell: read `listener:stats()`")

    backend: Annotated[Literal["memory"], "kept for this spell; read them with `listener:stats()`"] = "memory"


class ListenerHandle(Handle):
    """A ready-made hook; pass it to `Hooks.register` in place of a function."""

    kind = "listener"

    def __init__(self, session: SpellSession, name: str) -> None:
        super().__init__(session)
        self.number = name
        """Stands where a function of the script has its number: the hook is called after it."""

    async def __call__(self, context: Context, *_: object, timeout: float | None = None) -> object:
        """Answer like a hook of the script."""
        raise NotImplementedError

    @function()
    def stats(self) -> dict[str, object]:
        """Give what a collector counted: `{executions, failures, seconds, subjects}`; empty for other listeners."""
        return {}


class Logger(ListenerHandle):
    """Note every operation it is registered for."""

    def __init__(self, session: SpellSession, options: LoggerOptions) -> None:
        super().__init__(session, "logger")
        self.options = options

    async def __call__(self, context: Context, *_: object, timeout: float | None = None) -> object:  # noqa: ARG002 - part of the protocol
        """Write one line."""
        about: Context = {
            key: context[key] for key in ("point", "subject", "success", "timing", "error") if key in context
        }
        if self.options.format == "json":
            text, data = json.dumps(about, ensure_ascii=False), None
        else:
            rest = {key: value for key, value in about.items() if key not in ("point", "subject")}
            text, data = f"{about['point']} {about['subject']}", rest or None
        if self.options.output == "stdout":
            self.session.on_print(text if data is None else f"{text} {json.dumps(data, ensure_ascii=False)}")
        else:
            self.session.namespace(Log).log(self.options.level, text, data)
        return None


class Collector(ListenerHandle):
    """Count operations, failures and seconds."""

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session, "metrics")
        self.subjects: dict[str, dict[str, Any]] = {}

    async def __call__(self, context: Context, *_: object, timeout: float | None = None) -> object:  # noqa: ARG002 - part of the protocol
        """Count the end of an operation; a beginning is not counted."""
        if "success" in context:
            counts = self.subjects.setdefault(context["subject"], {"executions": 0, "failures": 0, "seconds": 0.0})
            counts["executions"] += 1
            counts["failures"] += not context["success"]
            counts["seconds"] += context["timing"].get("duration", 0.0)
        return None

    def stats(self) -> dict[str, object]:
        """Sum up."""
        each = self.subjects.values()
        totals = {key: sum(one[key] for one in each) for key in ("executions", "failures", "seconds")}
        return {**totals, "subjects": self.subjects}


class Validator(ListenerHandle):
    """Refuse operations whose input does not fit a JSON Schema."""

    def __init__(self, session: SpellSession, schema: dict[str, object]) -> None:
        from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - comes with the first schema

        super().__init__(session, "validator")
        self.schema = ArgumentSchema.from_json_schema({"type": "object", **schema}, who="the validator")

    async def __call__(self, context: Context, *_: object, timeout: float | None = None) -> object:  # noqa: ARG002 - part of the protocol
        """Check `input` before the operation."""
        given = context.get("input")
        if not context["point"].startswith("before_") or not isinstance(given, dict):
            message = f"a validator checks the input before an operation, not at {context['point']}"
            raise HookError(message, suggestions=["register it at before_tool_execution"])
        faults = self.schema.validate(given)
        listed = "; ".join(f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in faults)
        return {"refuse": listed} if faults else None


class Transformer(ListenerHandle):
    """Send input (before) or output (after) through a function."""

    def __init__(self, session: SpellSession, transform: Callback) -> None:
        super().__init__(session, "transformer")
        self.transform = transform

    async def __call__(self, context: Context, *_: object, timeout: float | None = None) -> object:
        """Give the context with the transformed field."""
        field = "output" if "output" in context else "input"
        if field not in context:
            message = f"there is nothing to transform at {context['point']}"
            raise HookError(message, suggestions=["register a function"])
        return {**context, field: await self.transform(context[field], timeout=timeout)}
