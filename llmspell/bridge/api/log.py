"""Log: what a script prints and notes."""

from __future__ import annotations

import json
import logging

from llmspell.bridge.definition import Namespace, function

TRACE = 5
LEVELS = {
    "trace": TRACE,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

log = logging.getLogger("llmspell.spell")


def as_text(value: object) -> str:
    """Write a value as a script's author reads it: text as it is, everything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")  # how a language without text apart from bytes says what is no UTF-8
    if value is None:
        return "nil"
    return json.dumps(value, ensure_ascii=False, default=repr)


class Log(Namespace):
    """Notes for whoever runs the spell; they go to the log and out as `log` events. Nothing waits for them.

    `print`, `log`, `trace`, `debug`, `info` and `warn` are globals too; Lua's global `error` stays Lua's.
    """

    name = "Log"
    modules = ("logging",)
    least = "trace"
    """Notes below this level go nowhere."""

    @function(post=True)
    def print_(self, *values: object) -> None:
        """Write values to standard output, separated by tabs."""
        self.session.on_print("\t".join(as_text(value) for value in values))

    @function(post=True)
    def log(self, level: str, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note a message at a level: `trace`, `debug`, `info`, `warn` or `error`."""
        self._note(level.lower(), message, metadata)

    @function(post=True)
    def trace(self, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note the finest detail."""
        self._note("trace", message, metadata)

    @function(post=True)
    def debug(self, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note something that helps to find a fault."""
        self._note("debug", message, metadata)

    @function(post=True)
    def info(self, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note what happens."""
        self._note("info", message, metadata)

    @function(post=True, aliases=("warning",))
    def warn(self, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note what should not happen but does no harm."""
        self._note("warn", message, metadata)

    @function(post=True)
    def error(self, message: object, metadata: dict[str, object] | None = None) -> None:
        """Note a failure; it raises nothing."""
        self._note("error", message, metadata)

    def _note(self, level: str, message: object, metadata: dict[str, object] | None) -> None:
        text = as_text(message)
        number = LEVELS.get(level, logging.INFO)
        if number < LEVELS[self.least]:
            return
        if log.isEnabledFor(number):
            log.log(number, "%s", f"{text} {as_text(metadata)}" if metadata else text)
        events = self.session.app.events
        if events.wants("log"):
            data = {"level": level, "message": text, "metadata": metadata or {}}
            events.emit_nowait("log", data, run=self.session.run.id, source=self.session.run.name)
