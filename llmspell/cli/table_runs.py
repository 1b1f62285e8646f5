"""The verbs of `llmspell runs`, as data."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, PERMISSIONS, SETUP
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)
_RUN = Argument("run", "its id, the beginning of one, its name, or the file of its log", metavar="RUN")
_STATES = ("running", "interrupted", "paused", "done", "failed", "cancelled", "unreadable")

_PRUNED = tuple(one for one in _STATES if one != "running")

_LIST = command(
    "list",
    "llmspell.cli.runs:list_runs",
    "List durable runs, the latest first.",
    arguments=(
        Argument("status", "only those that are it now", ("--status",), choices=_STATES),
        Argument("limit", "only so many (100)", ("--limit",), "int", default=100, metavar="N"),
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

_PRUNE = command(
    "prune",
    "llmspell.cli.runs_changes:prune",
    "Remove runs that have ended, or others that `--status` names.",
    arguments=(
        Argument("older", "those in which nothing happened for so long", ("--older",), metavar="DURATION"),
        Argument("keep", "all but so many, the latest", ("--keep",), "int", metavar="N"),
        Argument("size", "the oldest, until all runs together are no larger", ("--size",), metavar="SIZE"),
        Argument("status", "runs that are it now; can be repeated", ("--status",), "list", choices=_PRUNED),
        Argument("dry_run", "only say which would go", ("--dry-run",), "flag"),
        *_COMMON,
    ),
    examples=("llmspell runs prune --older 30d", "llmspell runs prune --keep 100 --status interrupted --dry-run"),
)

_CANCEL = command(
    "cancel",
    "llmspell.cli.runs_changes:cancel",
    "End a run for good: one that is under way is asked to end, another cannot be resumed any more.",
    arguments=(_RUN, *_COMMON),
)

_FORK = command(
    "fork",
    "llmspell.cli.runs_changes:fork_run",
    "Begin a run with what another did up to some record; what came after it is done anew.",
    arguments=(
        _RUN,
        Argument("at", "go on before this record (the last place that can be)", ("--at",), "int", metavar="N"),
        Argument("list", "list the effects before which a fork can begin", ("--list",), "flag"),
        *_COMMON,
    ),
    examples=("llmspell runs fork 0193c0de --list", "llmspell runs fork 0193c0de --at 17"),
)

_RESUME = command(
    "resume",
    "llmspell.cli.runs_resume:resume",
    "Go on with a run that was cut off or waits for a person: what it did is taken from its log, and not done again.",
    arguments=(
        _RUN,
        Argument(
            "assume",
            "what became of effects of which nobody knows: done, not-done, or PATH=done",
            ("--assume",),
            "list",
            metavar="[PATH=]WHAT",
        ),
        Argument(
            "approve",
            "let a call run that waits: by its id, or all of a place by its path",
            ("--approve",),
            "list",
            metavar="CALL",
        ),
        Argument("reject", "do not let it run, and tell the model why", ("--reject",), "list", metavar="CALL[=REASON]"),
        Argument("approve_all", "let all other calls run that wait", ("--approve-all",), "flag"),
        Argument(
            "decisions",
            "a JSON file of what was decided, by call, as agents take it",
            ("--decisions",),
            metavar="FILE",
            completes="file",
        ),
        Argument("force", "go on although the spell, a module or a version is another now", ("--force",), "flag"),
        Argument("timeout", "stop after this time: seconds, 500ms, 5m", ("--timeout",), metavar="DURATION"),
        *PERMISSIONS,
        *_COMMON,
    ),
    examples=(
        "llmspell runs resume 0193c0de",
        "llmspell runs resume 0193c0de --assume not-done --allow-write=out",
        "llmspell runs resume 0193c0de --approve call_1 --reject call_2='not to her'",
    ),
)

RUNS = command(
    "runs",
    "llmspell.cli.runs:list_runs",
    "Look at durable runs, and go on with them.",
    verbs=(_LIST, _SHOW, _TRACE, _RESUME, _FORK, _CANCEL, _PRUNE),
)
