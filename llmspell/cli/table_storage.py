"""The verbs of `llmspell storage`, as data."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, SETUP
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)
_BACKUP = Argument("file", "the backup", metavar="FILE", completes="file")
_DRY_RUN = Argument("dry_run", "look and tell, change nothing", ("--dry-run",), "flag")
_PLACE = "BACKEND[:PATH]"

STORAGE = command(
    "storage",
    "llmspell.cli.storage:stats",
    "Examine, copy, back up and restore the store.",
    verbs=(
        command("stats", "llmspell.cli.storage:stats", "Tell what it holds, takes and can do.", arguments=_COMMON),
        command(
            "verify",
            "llmspell.cli.storage:verify",
            "Read the whole store, or a backup, and compare all checksums.",
            arguments=(
                Argument("file", "a backup", (), "rest", metavar="FILE", completes="file"),
                Argument("accept", "take an encrypted store that was put back for the latest", ("--accept",), "flag"),
                *_COMMON,
            ),
        ),
        command(
            "backup",
            "llmspell.cli.storage:backup",
            "Write the whole store to a file and verify it.",
            arguments=(_BACKUP, Argument("force", "replace a file that is there", ("--force",), "flag"), *_COMMON),
            examples=("llmspell storage backup state.backup",),
        ),
        command(
            "restore",
            "llmspell.cli.storage:restore",
            "Replace the whole store by a backup; what it held is kept beside the backup, in FILE.replaced.",
            arguments=(_BACKUP, _DRY_RUN, *_COMMON),
            examples=("llmspell storage restore state.backup --dry-run",),
        ),
        command(
            "compact",
            "llmspell.cli.storage:compact",
            "Remove values whose time has come (`[storage] ttl`), and give back what deleted values took.",
            arguments=_COMMON,
        ),
        command(
            "keys",
            "llmspell.cli.storage_keys:keys",
            "Tell how it is encrypted (`[storage.encryption]`), under which keys.",
            arguments=_COMMON,
        ),
        command(
            "encrypt",
            "llmspell.cli.storage_keys:encrypt",
            "Encrypt what it holds from before there was `[storage.encryption]`.",
            arguments=_COMMON,
        ),
        command(
            "rotate",
            "llmspell.cli.storage_keys:rotate",
            "Begin a new key, wrapped with the configured one.",
            arguments=(
                Argument("reencrypt", "write every value anew, and forget old keys", ("--reencrypt",), "flag"),
                *_COMMON,
            ),
            examples=("llmspell storage rotate --reencrypt",),
        ),
        command(
            "copy",
            "llmspell.cli.storage:copy",
            "Copy everything of one store into another, and compare both.",
            arguments=(
                Argument("from_", "what to copy", ("--from",), required=True, metavar=_PLACE),
                Argument("to", "where to", ("--to",), required=True, metavar=_PLACE),
                Argument("merge", "write over what is there", ("--merge",), "flag"),
                _DRY_RUN,
                *_COMMON,
            ),
            examples=("llmspell storage copy --from sqlite --to lmdb:./state",),
        ),
        command(
            "migrate",
            "llmspell.cli.storage:migrate",
            "Copy the store into one of another back end, and tell what to configure.",
            arguments=(
                Argument("to", "where to", ("--to",), required=True, metavar=_PLACE),
                _DRY_RUN,
                *_COMMON,
            ),
            examples=("llmspell storage migrate --to rocksdb:./state",),
        ),
    ),
)
