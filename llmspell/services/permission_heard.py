"""Grants whose every use somebody hears of: what an audit log is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import PermissionDeniedError
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from llmspell.services.permission_holding import Holding

    Told = Callable[[str, str, str, str], None]
    """Hear `right_used` or `right_denied`, the right, its target and who uses it."""


class HeardGrants(Grants):
    """Tell of each right that is required before it is used; what is made of these grants tells it, too.

    What `told` raises ends the use.
    """

    __slots__ = ("_told",)

    def __init__(self, grants: Grants, told: Told) -> None:
        super().__init__(grants._layers)  # noqa: SLF001 - of the same kind
        self._told = told

    def require(self, right: str, target: str, *, who: str = "") -> None:
        """Raise `PermissionDeniedError` as other grants do, after telling of it."""
        try:
            super().require(right, target, who=who)
        except PermissionDeniedError:
            self._told("right_denied", right, target, who)
            raise
        self._told("right_used", right, target, who)

    def intersect(self, other: Grants) -> Grants:
        """Give what both allow."""
        return HeardGrants(super().intersect(other), self._told)

    def narrow(
        self, rules: Iterable[str], *, cwd: Path | str | None = None, why: str = "the spell narrowed its rights"
    ) -> Grants:
        """Keep, of each right the rules name, only their targets."""
        return HeardGrants(super().narrow(rules, cwd=cwd, why=why), self._told)

    def only(self, rights: Iterable[str]) -> Grants:
        """Keep these rights and no other."""
        return HeardGrants(super().only(rights), self._told)

    def held_by(self, holding: Holding) -> Grants:
        """Give the same rights in a run: with what is answered in it, and with its labels."""
        return HeardGrants(super().held_by(holding), self._told)


def heard(grants: Grants, witness: Callable[[str, Mapping[str, object], str], None], run: str, who: str) -> Grants:
    """Give the same grants, each use of which a witness is shown; `who` uses them where nobody says who does."""

    def told(kind: str, right: str, target: str, user: str) -> None:
        witness(kind, {"right": right, "target": target, "who": user or who}, run)

    return HeardGrants(grants, told)
