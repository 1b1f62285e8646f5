"""Logging of one command: where lines go, how they look, and that no secret is in them."""

from __future__ import annotations

import json
import logging
from copy import copy
from typing import TYPE_CHECKING, TextIO

from llmspell.errors import ConfigError
from llmspell.services.secrets import SecretFilter

if TYPE_CHECKING:
    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

LEVELS = {"trace": 5, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
SECTION = "observability.logging"


class PlainLines(logging.Formatter):
    """Write each record as one line for people; tracebacks follow only with `--verbose`."""

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, and the traceback when it is wanted."""
        if not self._tracebacks and record.exc_text:  # the filter has made it text, masked
            record = copy(record)  # other handlers may want it whole
            record.exc_text = None
        return super().format(record)


class JsonLines(logging.Formatter):
    """Write each record as one JSON document."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the document as one line."""
        told = {
            "time": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:  # the filter has made it text, masked
            told["exception"] = record.exc_text
        return json.dumps(told, ensure_ascii=False, default=str)


class Lines(logging.StreamHandler[TextIO]):
    """Write to standard error, not into the line of progress."""

    def __init__(self, console: Console) -> None:
        super().__init__(console.err)
        self._hush = console.hush

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record on lines of its own."""
        self._hush()
        super().emit(record)


def start(app: App, console: Console) -> None:
    """Send the lines of llmspell's loggers where `[observability.logging]` says; `--verbose` shows them all.

    Raises `ConfigError` when a log file is asked for and cannot be opened.
    """
    section = app.config.section(SECTION) if app.config.get(SECTION) is not None else None
    level = "debug" if console.verbose else section.level if section else "warn"
    handler = _handler(section, console)
    plain = PlainLines(tracebacks=console.verbose)
    handler.setFormatter(JsonLines() if section and section.format == "json" else plain)
    secrets = SecretFilter(app.services.secrets)
    handler.addFilter(secrets)
    if logging.lastResort is not None:  # it writes what other libraries log
        for earlier in [one for one in logging.lastResort.filters if isinstance(one, SecretFilter)]:
            logging.lastResort.removeFilter(earlier)
        logging.lastResort.addFilter(secrets)
    logger = logging.getLogger("llmspell")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.setLevel(LEVELS[level])
    logger.propagate = False


def _handler(section: object, console: Console) -> logging.Handler:
    if section is None or getattr(section, "output", "stderr") == "stderr":
        return Lines(console)
    path = getattr(section, "file_path", None)
    if path is None:
        message = f'[{SECTION}] output = "file" needs `file_path`'
        raise ConfigError(message, faults=[(f"{SECTION}.file_path", "is missing")])
    try:
        return logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        message = f"the log file {path} cannot be opened: {error.strerror}"
        raise ConfigError(message, faults=[(f"{SECTION}.file_path", str(error))]) from error
