"""Which data are private: what was read is compared with the places that the user, or the default, calls so."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from llmspell.services.permission_holding import PRIVATE
from llmspell.services.permission_layers import Layer
from llmspell.services.permission_patterns import EVERYTHING, MAGIC, wildcards

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.services.permission_holding import Holding

SECRET_PLACES: Final = tuple(
    f"fs.read={place}"
    for place in (
        "~/.ssh", "~/.aws", "~/.azure", "~/.gnupg", "~/.kube", "~/.docker", "~/.config", "~/.netrc", "~/.pgpass",
        "~/.git-credentials", "/**/.env", "/**/.env.*", "/**/*.pem", "/**/*.key", "/**/id_rsa", "/**/id_ed25519",
        "/**/credentials*", "/**/secrets*",
    )
)  # fmt: skip
"""Private unless the configuration says which places are: where programs keep keys and passwords."""

REMEMBERED: Final = 4096


_ANYWHERE = re.compile(r"/\*\*/([^/]+)\Z")


class PrivatePlaces:
    """Label a run `private` when one of these places is read; nothing is compiled before something is read."""

    __slots__ = ("_cwd", "_folders", "_known", "_layer", "_names", "_rights", "_rules")

    def __init__(self, rules: Iterable[str], cwd: str) -> None:
        self._rules = tuple(rules)
        self._cwd = cwd
        self._rights = frozenset(rule.partition("=")[0] for rule in self._rules)
        self._layer: Layer | None = None
        self._names: re.Pattern[str] | None = None
        self._folders: tuple[str, ...] = ()
        self._known: dict[tuple[str, str], bool] = {}

    def concern(self, right: str) -> bool:
        """Tell whether a use of this right can matter at all."""
        return right in self._rights

    def saw(self, holding: Holding, right: str, target: str) -> None:
        """Label a call, and its run, in which a right was used on a target."""
        if right in self._rights and target != EVERYTHING and self._private(right, target):
            holding.label(PRIVATE, (f"{right} {target}",))

    def _private(self, right: str, target: str) -> bool:
        found = self._known.get((right, target))
        if found is None:
            if self._layer is None:
                self._layer = self._compiled()
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[right, target] = self._layer.allows(right, target) or (
                right == "fs.read" and self._is_file(target)
            )
        return found

    def _is_file(self, path: str) -> bool:
        """Tell whether a path lies in a folder of the list, or has a name of it."""
        below = path + os.sep
        return below.startswith(self._folders) or (self._names is not None and self._names.search(below) is not None)

    def _compiled(self) -> Layer:
        """Make one expression of all names, and one list of all folders; what is neither is asked one by one."""
        whole = Layer(self._rules, cwd=self._cwd)
        names, folders, others = [], [], []
        for rule in whole.rules:
            right, _, text = rule.partition("=")
            anywhere = _ANYWHERE.match(text) if right == "fs.read" and os.sep == "/" else None
            if anywhere is not None and "[" not in text:
                names.append(wildcards(anywhere[1], any_of="[^/]*", one_of="[^/]"))
            elif right == "fs.read" and not MAGIC.search(text):
                folders.append(text.rstrip(os.sep) + os.sep)
            else:
                others.append(rule)
        self._names = re.compile(f"/(?:{'|'.join(names)})/") if names else None
        self._folders = tuple(folders)
        return Layer(others, cwd=self._cwd)
