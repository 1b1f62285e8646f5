"""The verbs of `llmspell keys`, as data; no value is ever an argument."""

from __future__ import annotations

from llmspell.cli.arguments import OUTPUT, SETUP
from llmspell.spec.arguments import Argument, command

_COMMON = (*SETUP, *OUTPUT)
_STORE = Argument("store", "the store of secrets, as in `[secrets] store`", ("--store",), metavar="NAME")

KEYS = command(
    "keys",
    "llmspell.cli.keys:list_",
    "Keep keys and other secrets where no file of yours shows them.",
    verbs=(
        command(
            "set",
            "llmspell.cli.keys:set_",
            "Keep a secret; its value is typed unseen, or read from standard input.",
            arguments=(
                Argument("name", "what it is called, such as OPENAI_API_KEY", metavar="NAME"),
                Argument("more", "nothing: who lists processes would see a value here", (), "rest", metavar="-"),
                Argument("host", "the only host it may be sent to (any, without)", ("--host",), "list", metavar="HOST"),
                _STORE,
                *_COMMON,
            ),
            examples=(
                "llmspell keys set OPENAI_API_KEY --host api.openai.com",
                "llmspell keys set MAIL_PASSWORD < password.txt",
            ),
        ),
        command(
            "list",
            "llmspell.cli.keys:list_",
            "Tell which secrets there are, where they come from, and for which hosts.",
            arguments=_COMMON,
        ),
        command(
            "remove",
            "llmspell.cli.keys:remove",
            "Forget a secret.",
            arguments=(Argument("name", "the secret", metavar="NAME"), _STORE, *_COMMON),
        ),
        command(
            "rotate",
            "llmspell.cli.keys:rotate",
            "Encrypt all secrets of a store anew, under a new password.",
            arguments=(
                Argument(
                    "new_password_file",
                    "the first line of this file is the new password",
                    ("--new-password-file",),
                    metavar="FILE",
                    completes="file",
                ),
                _STORE,
                *_COMMON,
            ),
        ),
    ),
)
