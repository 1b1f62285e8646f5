"""Secret stores: places where values of secrets lie, behind a password or the system's own lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from llmspell.errors import ValidationError
from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
HOST = re.compile(r"[A-Za-z0-9_*?.-]+|(?=.*:.*:)[0-9A-Fa-f:.*?]+")


class StoredSecret(NamedTuple):
    """What may be shown of a secret: its name, and the hosts it may be sent to (fnmatch patterns; none: any host)."""

    name: str
    hosts: tuple[str, ...] = ()


class SecretValue(NamedTuple):
    """A value and the hosts it was kept for; printing it shows neither."""

    text: str
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "<secret value>"


class Passwords(Protocol):
    """Where a store gets its password from."""

    def current(self, what: str) -> str:
        """Give the password that opens `what`; raises `SecretPasswordError` where there is nobody to ask."""
        ...

    def fresh(self, what: str) -> str:
        """Give a new password for `what`, which was typed twice where a person was asked."""
        ...


class Opening(NamedTuple):
    """What a store is opened with: the user's data folder, its section of the configuration, and its passwords."""

    folder: Path
    section: Any
    passwords: Passwords


class SecretStore(Protocol):
    """Keep secrets; the class is made without arguments, once an application.

    Every method raises `SecretStoreError` when the store cannot answer or was changed by somebody else, and
    `SecretPasswordError` when the password is wrong.
    """

    def open(self, opening: Opening) -> None:
        """Take what is needed; nothing is read yet and nobody is asked."""
        ...

    def entries(self) -> Sequence[StoredSecret]:
        """List what is there, without a password; who changed the list is found out when a value is read."""
        ...

    def get(self, name: str) -> SecretValue | None:
        """Give a value, None where there is none."""
        ...

    def put(self, name: str, value: SecretValue) -> None:
        """Keep a value in place of the one that was there; whole and on the disk when this returns."""
        ...

    def remove(self, name: str) -> bool:
        """Forget a value and tell whether it was there."""
        ...

    def rotate(self) -> int:
        """Lock everything anew under a new password, and give the number of secrets.

        However it is interrupted, the store opens with one of the two passwords and holds everything.
        """
        ...


def check_secret_name(name: str) -> str:
    """Give the name; one that is none is a `ValidationError`."""
    if not NAME.fullmatch(name):
        raise ValidationError(
            f"{name[:40]!r} is no name of a secret",
            suggestions=["Use letters, digits, `_`, `.` and `-`, at most 128; the value is not given here."],
        )
    return name


def check_secret_host(host: str) -> str:
    """Give the host, or pattern of hosts, of a secret; one that no host could be like is a `ValidationError`."""
    if not HOST.fullmatch(host):
        raise ValidationError(
            f"{host[:80]!r} is no host of a secret",
            suggestions=["Write it alone, without scheme, port and path: `api.example.com` or `*.example.com`."],
        )
    return host


def secret_store(name: str, target: str, summary: str, *, section: str, **more: Any) -> Component:
    """Describe a store of secrets; `section` is the path of its section (`secrets.file`)."""
    extra = {"section": section, **more.pop("extra", {})}
    return Component("secret_store", name, target, summary, category="secrets", extra=extra, **more)


@hookspec
def llmspell_secret_stores() -> list[Component]:
    """Return the stores of secrets of this plugin, made with `secret_store()`.

    Called once, when a secret is wanted that neither the environment nor a file has.
    """
    return []
