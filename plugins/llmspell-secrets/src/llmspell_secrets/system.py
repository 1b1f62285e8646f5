"""The store in the keyring of the system, which has no list: names lie in a file of ours, values and hosts in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import keyring
from keyring.errors import KeyringError, PasswordDeleteError

from llmspell.errors import SecretStoreError
from llmspell.spec.secret_stores import SecretValue, StoredSecret, check_secret_name

if TYPE_CHECKING:
    from llmspell.spec.secret_stores import Opening

NAMES: Final = "keyring.json"
_PLAIN: Final = ("PlaintextKeyring", "fail.Keyring", "null.Keyring")
"""Backends that keep nothing, or keep it as it is."""


class SystemKeyring:
    """Keep secrets with Secret Service, KWallet, the Keychain or the Credential Manager, through `keyring`."""

    def open(self, opening: Opening) -> None:
        """Take the name of the service, and where the list of names lies."""
        self._service = opening.section.service
        self._names = opening.folder / NAMES

    def entries(self) -> list[StoredSecret]:
        """List the names of the file; hosts are those that were given with the values."""
        return [StoredSecret(name, tuple(hosts)) for name, hosts in sorted(self._listed().items())]

    def get(self, name: str) -> SecretValue | None:
        """Give a value, with the hosts that lie beside it in the keyring."""
        text = self._asked(keyring.get_password, name)
        if text is None:
            return None
        try:
            data = json.loads(text)
            return SecretValue(str(data["value"]), tuple(map(str, data["hosts"])))
        except (ValueError, KeyError, TypeError) as error:
            raise SecretStoreError(
                f"the keyring has something under {name} that we did not write",
                suggestions=[f"Run `llmspell keys set {name} --store keyring`."],
            ) from error

    def put(self, name: str, value: SecretValue) -> None:
        """Keep a value, then its name."""
        check_secret_name(name)
        text = json.dumps({"value": value.text, "hosts": list(value.hosts)})
        self._asked(keyring.set_password, name, text)
        self._list({**self._listed(), name: list(value.hosts)})

    def remove(self, name: str) -> bool:
        """Forget the name, then the value."""
        listed = self._listed()
        there = listed.pop(name, None) is not None
        self._list(listed)
        try:
            self._asked(keyring.delete_password, name)
        except PasswordDeleteError:  # the keyring has none of this name
            return there
        return True

    def rotate(self) -> int:
        """Refuse: the keyring's password is the system's."""
        raise SecretStoreError(
            "the keyring of the system has a password of its own",
            suggestions=["Change it with the system's settings.", "Rotate another store: --store file"],
        )

    def _asked(self, verb: Any, name: str, *more: str) -> Any:
        """Ask the keyring; raises `SecretStoreError` where there is none, or none that keeps a secret."""
        backend = keyring.get_keyring()
        kind = f"{type(backend).__module__}.{type(backend).__qualname__}"
        if kind.endswith(_PLAIN):
            raise SecretStoreError(
                f"there is no keyring here that keeps secrets ({kind})",
                suggestions=["Unlock or install the system's keyring.", "Use the encrypted file: --store file"],
            )
        try:
            return verb(self._service, name, *more)
        except PasswordDeleteError:
            raise
        except KeyringError as error:
            raise SecretStoreError(
                f"the keyring of the system failed: {str(error) or type(error).__name__}",
                suggestions=["Unlock it and try again.", "Use the encrypted file: --store file"],
            ) from error

    def _listed(self) -> dict[str, list[str]]:
        try:
            with self._names.open("rb") as file:
                data = json.load(file)
            return {str(name): list(map(str, hosts)) for name, hosts in data["names"].items()}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._failed("read", error) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SecretStoreError(
                f"{self._names} is no list of names", suggestions=["Move it away and set the secrets anew."]
            ) from error

    def _list(self, names: dict[str, list[str]]) -> None:
        beside = self._names.with_name(f"{self._names.name}.{os.getpid()}")
        try:
            self._names.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump({"version": 1, "names": names}, file, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._names)
        except OSError as error:
            raise self._failed("write", error) from error

    def _failed(self, verb: str, error: OSError) -> SecretStoreError:
        return SecretStoreError(
            f"cannot {verb} {self._names}: {error.strerror or error}",
            suggestions=["Look at the owner and mode of the file and of its folder."],
        )

    def __repr__(self) -> str:
        return "<secrets in the keyring of the system>"
