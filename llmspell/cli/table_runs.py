"""The verbs of `llmspell runs`, as data."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, SETUP
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)
_RUN = Argument("run", "its id, the beginning of one, its name, or the file of its log", metavar="RUN")
_STATES = ("running", "interrupted", "paused", "done", "failed", "cancelled", "unreadable")

_LIST = command(
    "list",
    "llmspell.cli.runs:list_runs",
    "List durable runs, the latest first.",
    arguments=(
        Argument("status", "only those that are it now", ("--status",), choices=_STATES),
        Argument("limit", "only so many", ("--limit",), "int", metavar="N"),
        *_COMMON,
    ),
    examples=("llmspell runs list --status interrupted",),
)

_SHOW = command(
    "show",
    "llmspell.cli.runs:show",
    "Show a run: what it was begun with, how it stands, what would happen if it went on.",
    arguments=(_RUN, *_COMMON),
)

_TRACE = command(
    "trace",
    "llmspell.cli.runs:trace",
    "Show what a run did: each operation with its input, outcome, time and cost.",
    arguments=(
        _RUN,
        Argument("depth", "only so many levels", ("--depth",), "int", metavar="N"),
        Argument("only", "only these operations: llm_call,tool_execution", ("--only",), "list", metavar="OPERATION"),
        Argument("full", "tell inputs and outcomes whole", ("--full",), "flag"),
        Argument("messages", "add what went between the script and llmspell", ("--messages",), "flag"),
        Argument(
            "html", "write a page for a browser, - for standard output", ("--html",), metavar="FILE", completes="file"
        ),
        *_COMMON,
    ),
    examples=("llmspell runs trace 0193c0de --only llm_call --full", "llmspell runs trace 0193c0de --html trace.html"),
)

RUNS = command(
    "runs",
    "llmspell.cli.runs:list_runs",
    "Look at durable runs, and go on with them.",
    verbs=(_LIST, _SHOW, _TRACE),
)
