"""Secrets: handles that are resolved at the last moment, for the host they are bound to."""

from __future__ import annotations

from typing import Protocol


class SecretRef:
    """Name a secret without holding it; printing it shows only its name.

    `template` wraps the value where it is used (`Bearer {}`); `host` is the only host (fnmatch pattern) it may be
    sent to.
    """

    __slots__ = ("host", "name", "template")

    def __init__(self, name: str, *, host: str | None = None, template: str = "{}") -> None:
        self.name = name
        self.host = host
        self.template = template

    def bound(self, host: str, template: str = "{}") -> SecretRef:
        """Return the same secret for one host."""
        return SecretRef(self.name, host=host, template=template)

    def __repr__(self) -> str:
        return f"<secret {self.name}>"


class Secrets(Protocol):
    """Find secrets by name."""

    def get(self, name: str) -> SecretRef | None:
        """Give a handle when such a secret is configured (environment, file or store), else None."""
        ...

    def redact(self, text: str) -> str:
        """Mask every known secret value in a text."""
        ...
