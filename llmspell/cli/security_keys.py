"""What is wrong with secrets: those that nothing binds to a host, in the configuration and in stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.cli.doctor_installed import DRIVERS
from llmspell.cli.escaped import escaped
from llmspell.cli.security_faults import FAULT, NOTE, Fault
from llmspell.errors import LlmspellError
from llmspell.services.config_sections import is_secret
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmspell.runtime.app import App
    from llmspell.services.secrets import Source

STORE = "store "
"""What the place of a secret begins with that a store keeps."""

WEAK = ("base_url", "url", "host", "endpoint", "address", "server")
"""Keys beside a secret that say where it goes."""

AT_HOME = "keys"
"""What a driver names that uses a secret on this machine, to sign or to encrypt."""


def of_secrets(app: App) -> Iterator[Fault]:
    """Judge the secrets of the configuration, and those that stores keep; no value is read."""
    try:
        kept = {one.name: one for one in app.services.secrets.sources() if one.place.startswith(STORE)}
        stores = app.services.secrets.stores
        faults = () if stores is None else stores.faults
    except LlmspellError as error:
        kept, faults = {}, (error,)
    for fault in faults:
        yield Fault(FAULT, "a store of secrets cannot be read", fault.message, "; or ".join(fault.suggestions))
    yield from _configured(app, kept)
    yield from _stored(kept.values())


def _configured(app: App, kept: dict[str, Source]) -> Iterator[Fault]:
    """Tell of those beside which no host is named, where neither their section nor their store has one."""
    keys = list(app.config.origins())
    home = _at_home(app)
    for key in keys:
        section, _, name = key.rpartition(".")
        if not is_secret(name) or section.startswith(("providers.", "storage")) or section in home:
            continue
        value = app.config.get(key)
        source = kept.get(value.name) if isinstance(value, SecretRef) else None
        if any(f"{section}.{one}" in keys for one in WEAK) or (source is not None and source.hosts):
            continue
        why = "it is sent to no host until something says to which"
        yield Fault(NOTE, f"the secret {key} is bound to nothing", why, f"Name its host in [{section}], or remove it.")


def _at_home(app: App) -> set[str]:
    """Give the sections of drivers whose secrets never leave this machine."""
    drivers = (one for kind in DRIVERS for one in app.catalog.list(kind) if AT_HOME in one.native)
    return {str(one.extra["section"]) for one in drivers if "section" in one.extra}


def _stored(kept: Iterable[Source]) -> Iterator[Fault]:
    for one in kept:
        if not one.hosts:
            name = escaped(one.name)
            why = "whatever may use it decides which host gets it"
            remedy = f"Keep it for one: `llmspell keys set {name} --host HOST`."
            yield Fault(NOTE, f"the secret {name} of the {one.place} is bound to no host", why, remedy)
