"""The stores of secrets that plugins bring, opened for this user."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from llmspell.errors import ComponentUnavailableError, ConfigError, SecretPasswordError
from llmspell.spec.secret_stores import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.kernel.catalog import Catalog
    from llmspell.services.config import Config
    from llmspell.services.paths import AppPaths
    from llmspell.spec import Component, SecretStore

    Ask = Callable[[str], str]


class AskedPasswords:
    """Ask whoever sits at the terminal; without anybody there is no password, but for a `new` one that was given."""

    def __init__(self, ask: Ask | None = None) -> None:
        self.ask = ask
        self.new: str | None = None

    def current(self, what: str) -> str:
        """Give the password that opens `what`."""
        return self._asked(f"password of {what}: ", what)

    def fresh(self, what: str) -> str:
        """Give a new password, which was typed twice."""
        if self.new is not None:
            return self.new
        if self.ask is None:
            raise SecretPasswordError(
                f"{what} needs a new password, and there is no terminal to ask for it",
                suggestions=[
                    "Name a file that holds it: `llmspell keys rotate --new-password-file FILE`.",
                    "For a new store, name it as `password_file` or `password_fd` of its section.",
                ],
            )
        first = self._asked(f"new password of {what}: ", what)
        if first != self._asked("the same again: ", what):
            raise SecretPasswordError("the two passwords differ; nothing was changed", suggestions=["Try again."])
        return first

    def _asked(self, prompt: str, what: str) -> str:
        if self.ask is None:
            raise SecretPasswordError(
                f"{what} needs its password, and there is no terminal to ask for it",
                suggestions=[
                    "Name a file or a descriptor that holds it: `password_file` or `password_fd` of its section."
                ],
            )
        text = self.ask(prompt)
        if not text:
            raise SecretPasswordError("a password may not be empty; nothing was changed", suggestions=["Try again."])
        return text


def open_stores(
    catalog: Catalog, config: Config, paths: AppPaths, passwords: AskedPasswords
) -> Mapping[str, SecretStore]:
    """Open every store that is installed, the configured one at the head; nobody is asked for anything yet.

    A user without a home has none.
    """
    opened: dict[str, SecretStore] = {}
    if paths.data_if_any is None:
        return opened
    for component in ordered(catalog, config):
        try:
            made = catalog.resolve(component)
        except ComponentUnavailableError as error:  # a broken plugin stops nobody whose key is elsewhere
            logging.getLogger("llmspell.secrets").warning("%s", error)
            continue
        store = cast("SecretStore", made())  # type: ignore[operator]  # a class without arguments
        section = config.section(str(component.extra["section"]), catalog)
        store.open(Opening(paths.data, section, passwords))
        opened[component.name] = store
    return opened


def ordered(catalog: Catalog, config: Config) -> list[Component]:
    """List the stores, the one to write to at the head; an unknown one in the configuration is a `ConfigError`."""
    known = sorted(catalog.list("secret_store"), key=lambda one: -cast("int", one.extra.get("preference", 0)))
    wanted = config.get("secrets.store")
    if not isinstance(wanted, str):
        return known
    if wanted not in {one.name for one in known}:
        names = ", ".join(one.name for one in known) or "none"
        raise ConfigError(
            f"secrets.store is {wanted!r}, and no such store of secrets is installed; there is {names}",
            suggestions=["Install llmspell-secrets, or name another store."],
        )
    return sorted(known, key=lambda one: one.name != wanted)
