"""The verbs `state` and `session` of the command line, as data."""

from __future__ import annotations

from llmspell.cli.arguments import CLEANUP, OUTPUT, SETUP, SIZE
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)

_SESSION = Argument("name", "the session: its id or name", metavar="SESSION")

SESSION = command(
    "session",
    "llmspell.cli.sessions:list_sessions",
    "List sessions and change them; `run --session` runs a spell in one.",
    verbs=(
        command(
            "list",
            "llmspell.cli.sessions:list_sessions",
            "List the sessions, the last used first.",
            arguments=(
                Argument(
                    "status", "only those that are it now", ("--status",), choices=("active", "suspended", "expired")
                ),
                Argument("tag", "only those with this tag", ("--tag",), metavar="TAG"),
                *_COMMON,
            ),
        ),
        command(
            "create",
            "llmspell.cli.sessions:create",
            "Make a session.",
            arguments=(
                Argument("label", "a name for it", (), "rest", metavar="NAME"),
                Argument("tags", "a tag", ("--tag",), "list", metavar="TAG"),
                Argument("values", "a value to begin with", ("--value",), "list", metavar="KEY=VALUE"),
                Argument("lifetime", "it expires after this time without a run", ("--lifetime",), metavar="DURATION"),
                *_COMMON,
            ),
            examples=("llmspell session create trip --tag travel --lifetime 7d",),
        ),
        command(
            "show",
            "llmspell.cli.sessions:show",
            "Show a session and its values.",
            arguments=(_SESSION, *_COMMON),
        ),
        command(
            "suspend",
            "llmspell.cli.sessions:suspend",
            "Put a session to rest: no run may join it, and it does not expire.",
            arguments=(_SESSION, *_COMMON),
        ),
        command(
            "resume",
            "llmspell.cli.sessions:resume",
            "Make a session usable again that was suspended or has expired.",
            arguments=(_SESSION, *_COMMON),
        ),
        command(
            "tag",
            "llmspell.cli.sessions:tag",
            "Add tags to a session, or take some away.",
            arguments=(
                _SESSION,
                Argument("tags", "a tag", (), "rest", metavar="TAG"),
                Argument("remove", "take them away", ("--remove",), "flag"),
                *_COMMON,
            ),
        ),
        command(
            "remove",
            "llmspell.cli.sessions:remove",
            "Forget a session with all its values.",
            arguments=(_SESSION, *_COMMON),
        ),
        command(
            "purge",
            "llmspell.cli.sessions:purge",
            "Forget the sessions that have expired, or those that are too old or too many.",
            arguments=(
                Argument("idle", "only those not used for so long", ("--idle",), metavar="DURATION"),
                *CLEANUP,
                *_COMMON,
            ),
            examples=("llmspell session purge --idle 30d", "llmspell session purge --unused 90d --keep 1000"),
        ),
    ),
)

_SCOPE = (
    Argument("scope", "whose state", ("--scope",), choices=("shared", "session", "agent", "run"), default="shared"),
    Argument(
        "owner",
        "the session (id or name), the agent (`spell/agent`), or the run (id)",
        ("--owner",),
        metavar="NAME",
    ),
)
_KEY = Argument("key", "the key", metavar="KEY")
_WHEN = Argument(
    "version", "only when the key has this version; 0: only when it is absent", ("--if-version",), "int", metavar="N"
)

STATE = command(
    "state",
    "llmspell.cli.state:list_keys",
    "Look at the state of spells and change it.",
    verbs=(
        command(
            "list",
            "llmspell.cli.state:list_keys",
            "List the keys of a scope.",
            arguments=(Argument("prefix", "only keys that begin so", ("--prefix",), metavar="TEXT"), *_SCOPE, *_COMMON),
        ),
        command(
            "scopes",
            "llmspell.cli.state:scopes",
            "List the scopes that hold something, and whose they are.",
            arguments=_COMMON,
        ),
        command(
            "get",
            "llmspell.cli.state:get",
            "Print a value as JSON.",
            arguments=(_KEY, *_SCOPE, *_COMMON),
        ),
        command(
            "set",
            "llmspell.cli.state:set_value",
            "Write a value: JSON, or text.",
            arguments=(_KEY, Argument("value", "the value", metavar="VALUE"), _WHEN, *_SCOPE, *_COMMON),
            examples=("llmspell state set limits '{\"daily\": 20}'",),
        ),
        command(
            "delete",
            "llmspell.cli.state:delete",
            "Remove a key; its history stays.",
            arguments=(_KEY, _WHEN, *_SCOPE, *_COMMON),
        ),
        command(
            "history",
            "llmspell.cli.state:history",
            "List the versions of a key that are kept, the newest first.",
            arguments=(_KEY, *_SCOPE, *_COMMON),
        ),
        command(
            "revert",
            "llmspell.cli.state:revert",
            "Write the value of an older version once more.",
            arguments=(
                _KEY,
                Argument("to", "the version", ("--to",), "int", required=True, metavar="N"),
                *_SCOPE,
                *_COMMON,
            ),
        ),
        command(
            "export",
            "llmspell.cli.state:export",
            "Print a scope as one JSON document, or write it to a file.",
            arguments=(
                Argument("output", "write to a file instead", ("--output",), metavar="FILE", completes="file"),
                *_SCOPE,
                *_COMMON,
            ),
        ),
        command(
            "import",
            "llmspell.cli.state:import_file",
            "Write what an export holds, all or nothing.",
            arguments=(
                Argument("file", "the export, - for standard input", metavar="FILE", completes="file"),
                Argument(
                    "on_conflict",
                    "what becomes of a key that is there",
                    ("--on-conflict",),
                    choices=("error", "keep", "replace"),
                    default="error",
                ),
                *_SCOPE,
                *_COMMON,
            ),
        ),
        command(
            "rollback",
            "llmspell.cli.state:rollback",
            "Undo the last migration of a scope.",
            arguments=(
                Argument("force", "lose what was written since", ("--force",), "flag"),
                *_SCOPE,
                *_COMMON,
            ),
        ),
        command(
            "clear",
            "llmspell.cli.state:clear",
            "Forget a scope with its history: what a killed run left behind.",
            arguments=(*_SCOPE, *_COMMON),
            examples=("llmspell state clear --scope run --owner 01a1fea7-1356-732b-a99c-e725bd25ac44",),
        ),
        command(
            "prune",
            "llmspell.cli.state:prune",
            "Forget what runs and agents left behind that is too old, too long unused, too much.",
            arguments=(
                Argument("scope", "of these alone", ("--scope",), choices=("run", "agent")),
                *CLEANUP,
                SIZE,
                *_COMMON,
            ),
            examples=("llmspell state prune --unused 90d --dry-run", "llmspell state prune --scope run --size 100MB"),
        ),
        command(
            "backup",
            "llmspell.cli.state:backup",
            "Back up the whole store now, as [state] backup_interval does by itself.",
            arguments=_COMMON,
        ),
    ),
)
