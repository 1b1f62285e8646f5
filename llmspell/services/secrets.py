"""Secrets: found by name, handed out as handles, resolved only for the host they are bound to, masked in every text.

A secret comes from the environment (names that end like one, and names a configuration refers to), from a file that the
configuration names, from a store of secrets, or is set in memory. No method but `resolve` gives a value away, and
nothing here prints one.
"""

from __future__ import annotations

import logging
import os
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AuthenticationError, PermissionDeniedError
from llmspell.services.secret_forms import begun, masker, owned
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from llmspell.services.secret_stores import SecretStores

ENDINGS = ("_API_KEY", "_KEY", "_TOKEN", "_SECRET", "PASSWORD", "_PASSPHRASE", "_CREDENTIALS")
"""Environment variables with such names are secrets without being told so."""

MAX_FILE = 64 << 10
_UNKNOWN = object()


class Source(NamedTuple):
    """Where a secret comes from, and the hosts its store keeps it for; none: any."""

    name: str
    place: str
    hosts: tuple[str, ...] = ()


class SecretService:
    """Find and mask secrets. The environment stands in for the machine's own in tests; `stores` come last."""

    __slots__ = (
        "_contents", "_environment", "_files", "_forms", "_hosts", "_mask", "_names", "_quick", "_stored",
        "_unreadable", "_values", "stores", "witness",
    )  # fmt: skip

    def __init__(self, environment: Mapping[str, str] | None = None, *, stores: SecretStores | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self.stores = stores
        self._stored: set[str] = set()
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._names: set[str] = set()
        self._files: dict[str, Path] = {}
        self._contents: dict[Path, tuple[tuple[int, int, int], str]] = {}
        self._unreadable: set[Path] = set()
        self._values: dict[str, str] = {}
        self.witness: Callable[[str, Mapping[str, object]], None] | None = None
        """Who sees each secret that is used; None where nobody does."""
        self._mask: tuple[dict[str, str], Callable[[str], str]] | None = None
        self._forms: tuple[dict[str, str], tuple[str, ...]] | None = None
        self._quick: object = _UNKNOWN

    def declare(self, name: str) -> SecretRef:
        """Take an environment variable of any name as a secret, set or not."""
        self._names.add(name)
        self._quick = _UNKNOWN
        return SecretRef(name)

    def add_file(self, name: str, path: Path) -> SecretRef:
        """Take the content of a file, without the white space around it, as a secret; it is read when it is needed."""
        self._files[name] = path
        self._quick = _UNKNOWN
        return SecretRef(name)

    def declare_stored(self, name: str) -> SecretRef:
        """Take a secret from a store and from nowhere else."""
        self._stored.add(name)
        return SecretRef(name)

    def add(self, name: str, value: str) -> SecretRef:
        """Keep a secret in memory."""
        self._values[name] = value
        self._quick = _UNKNOWN
        return SecretRef(name)

    def get(self, name: str) -> SecretRef | None:
        """Give a handle when the secret has a value, else None; no store is opened for it."""
        if name in self._stored or not self._find(name):
            return SecretRef(name) if self.stores is not None and name in self.stores.places() else None
        return SecretRef(name)

    def resolve(self, ref: SecretRef, host: str) -> str:
        """Give the text to send to `host`: the value within the handle's template.

        Raises `PermissionDeniedError` for any host but the one the handle is bound to, `AuthenticationError` without a
        value.
        """
        if ref.host is None or not fnmatchcase(host.lower(), ref.host.lower()):
            bound = f"bound to {ref.host}" if ref.host else "bound to no host"
            raise PermissionDeniedError(
                f"the secret {ref.name} is {bound} and is not sent to {host}",
                suggestions=("Name the host in the section that uses this secret.",),
                context={"right": "secret.use", "target": ref.name, "host": host},
            )
        value = (ref.name not in self._stored and self._find(ref.name)) or self._opened(ref.name)
        if not value:
            way = f"Run `llmspell keys set {ref.name}`."
            more = () if ref.name in self._stored else (f"Set the environment variable {ref.name}.",)
            raise AuthenticationError(f"the secret {ref.name} has no value", suggestions=(*more, way))
        self._require_host(ref.name, host)
        if self.witness is not None:
            self.witness("secret_used", {"name": ref.name, "host": host})
        if self._values.get(ref.name) != value:
            self._values.setdefault(ref.name, value)  # what was sent once stays masked, even if the environment changes
            self._quick = _UNKNOWN
        return ref.template.replace("{}", value)

    def _opened(self, name: str) -> str:
        """Give the value that a store has, and remember what it was kept for."""
        if name in self._values:
            return self._values[name]
        found = None if self.stores is None else self.stores.get(name)
        if found is None:
            return ""
        self._values[name] = found.text
        self._quick = _UNKNOWN
        self._hosts[name] = found.hosts
        return found.text

    def _require_host(self, name: str, host: str) -> None:
        """Refuse a host for which a store does not keep the secret, whatever the handle says."""
        hosts = self._hosts.get(name, ())
        if hosts and not any(fnmatchcase(host.lower(), one.lower()) for one in hosts):
            raise PermissionDeniedError(
                f"the secret {name} is kept for {', '.join(hosts)} and is not sent to {host}",
                suggestions=(f"Run `llmspell keys set {name} --host {host}` if it is meant for that host.",),
                context={"right": "secret.use", "target": name, "host": host},
            )

    def sources(self) -> list[Source]:
        """Tell where every known secret comes from, by name; nothing is opened."""
        found: dict[str, Source] = {}
        if self.stores is not None:
            for name, place in self.stores.places().items():
                found[name] = Source(name, f"store {place.store}", place.hosts)
        for name in {name for name in self._environment if name.upper().endswith(ENDINGS)} | self._names:
            if self._environment.get(name) and name not in self._stored:
                found[name] = Source(name, "environment")
        for name, path in self._files.items():
            found[name] = Source(name, f"file {path}")
        return sorted(found.values())

    def redact(self, text: str) -> str:
        """Mask every known value, raw or in one of the forms in which it may travel."""
        return self.mask()(text)

    def mask(self) -> Callable[[str], str]:
        """Give `redact` for the values that are known now, for whoever masks many texts at once."""
        known = self._known()
        if self._mask is None or self._mask[0] != known:
            self._mask = (known, masker(known))
        return self._mask[1]

    def quick(self) -> Callable[[str], str] | None:
        """Give the mask of what was known when a secret was last declared, added or used; None when there is none.

        For places that mask too often to look into the environment each time.
        """
        if self._quick is _UNKNOWN:
            self._quick = masker(known) if (known := self._known()) else None
        return self._quick  # type: ignore[return-value]  # it is known now

    def held(self, text: str) -> int:
        """Count the characters at the end of a text that goes on which may be the beginning of a secret."""
        known = self._known()
        if self._forms is None or self._forms[0] != known:
            self._forms = (known, tuple(sorted(owned(known))))
        return begun(text, self._forms[1])

    def _find(self, name: str) -> str:
        if name in self._values:
            return self._values[name]
        if name in self._files:
            return self._read(self._files[name])
        if name in self._names or name.upper().endswith(ENDINGS):
            return self._environment.get(name, "")
        return ""

    def _known(self) -> dict[str, str]:
        names = {name for name in self._environment if name.upper().endswith(ENDINGS)}
        found = {name: self._find(name) for name in names | self._names | self._files.keys()}
        return {**{name: value for name, value in found.items() if value}, **self._values}

    def _read(self, path: Path) -> str:
        """Read a key file again when it has changed; one that cannot be read is a secret without a value."""
        try:
            info = path.stat()
            stamp = (info.st_mtime_ns, info.st_size, info.st_ino)
            if path not in self._contents or self._contents[path][0] != stamp:
                with path.open("rb") as file:
                    self._contents[path] = (stamp, file.read(MAX_FILE).decode("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            if path not in self._unreadable:
                self._unreadable.add(path)  # before it is told: what is logged is searched for secrets, this one too
                log = logging.getLogger("llmspell.secrets")
                # The reason names the file and never holds its content.
                log.warning("key file %s cannot be read: %s", path, type(error).__name__)
            return ""
        return self._contents[path][1]

    def __repr__(self) -> str:
        return f"<secrets {' '.join(sorted({*self._names, *self._files, *self._values}))}>"


class SecretFilter(logging.Filter):
    """Mask secrets in every part of a log record; put it on each handler."""

    def __init__(self, secrets: SecretService) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask message, traceback, stack and added text fields; never drops a record."""
        redact = self._secrets.redact
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact(record.exc_text or logging.Formatter().formatException(record.exc_info))
            record.exc_info = None  # it holds the values themselves
        for name, value in record.__dict__.items():
            if isinstance(value, str) and name not in {"msg", "levelname", "name"}:
                record.__dict__[name] = redact(value)
        return True
