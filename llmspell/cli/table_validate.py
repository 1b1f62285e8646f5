"""The verb `validate`, as data."""

from __future__ import annotations

from llmspell.cli.arguments import ISOLATION, OUTPUT, PERMISSIONS, SETUP
from llmspell.spec.arguments import Argument, command

VALIDATE = command(
    "validate",
    "llmspell.cli.config:validate",
    "Check the configuration, and what a spell may do with it.",
    verbs=(
        command(
            "config",
            "llmspell.cli.config:validate",
            "Report every fault of the configuration at once.",
            arguments=(*SETUP, *OUTPUT),
        ),
        command(
            "security",
            "llmspell.cli.validate_security:run",
            "Tell in plain words what a spell may do here, and what is wrong with it.",
            arguments=(
                Argument("spell", "a spell; without it any spell", (), "rest", metavar="SPELL", completes="file"),
                ISOLATION,
                *PERMISSIONS,
                *SETUP,
                *OUTPUT,
            ),
            examples=("llmspell validate security report.lua --allow-read=docs", "llmspell validate security --json"),
        ),
    ),
)
