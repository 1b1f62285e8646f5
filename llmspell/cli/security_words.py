"""Rights in plain words, for `validate security` and `run --explain`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.cli.escaped import escaped
from llmspell.services.permission_patterns import PATHS, split_host
from llmspell.services.permissions import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYTHING = {
    "fs.read": "every file",
    "fs.write": "every file",
    "net.connect": "every host of the internet",
    "net.listen": "every address of this machine",
    "process.exec": "every program whose arguments a grammar judges",
    "env.read": "every variable (those whose names say secret show as ***)",
    "db.connect": "every database",
    "mail.send": "everybody",
    "secret.use": "every secret, each to the host it is bound to",
    "agent.spawn": "every agent",
    "state.read": "the state of this user's spells",
    "state.write": "the state of this user's spells",
}
_MAGIC = frozenset("*?[")


def split(rule: str) -> tuple[str, str]:
    """Part a rule in its normal form into right and target."""
    right, _, target = rule.removeprefix("!").partition("=")
    return right, target


def meaning(rule: str, here: str) -> str:
    """Say in words what a rule covers; paths below `here` are shown relative to it."""
    right, target = split(rule)
    if target == "*":
        return EVERYTHING[right]
    if right in PATHS:
        return _path(target, here)
    if right in ("net.connect", "net.listen"):
        return _host(target)
    if right == "mail.send" and target.startswith("*@"):
        return f"anybody at {escaped(target[2:])}"
    return escaped(target)


def _path(target: str, here: str) -> str:
    shown = escaped(target)
    if target == here:
        shown = "this folder"
    elif target.startswith(here.rstrip(os.sep) + os.sep):
        shown = escaped(target[len(here.rstrip(os.sep)) + 1 :])
    if _MAGIC & set(target):
        return f"{shown} (what fits, and below)"
    return f"{shown} and all below" if Path(target).is_dir() else shown


def _host(target: str) -> str:
    host, port = split_host(target) if "/" not in target else (target, None)
    named = f"every host below {host[2:]}" if host.startswith("*.") else "every host" if host == "*" else host
    return f"{named}, port {port}" if port else f"{named}, every port"


def by_right(rules: Iterable[str]) -> dict[str, list[str]]:
    """Sort rules by their right, in the order in which rights are listed."""
    listed = list(rules)
    found = {right: [rule for rule in listed if split(rule)[0] == right] for right in RIGHTS}
    return {right: rules for right, rules in found.items() if rules}
