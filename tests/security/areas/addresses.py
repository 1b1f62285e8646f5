"""Addresses that nobody may reach: asked for with `ctx.http`, and as a driver asks before it dials."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx

from llmspell.errors import LlmspellError, PermissionDeniedError, ValidationError
from llmspell.services.http import HttpService
from llmspell.services.network import NetworkService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.services.http_dial import Resolver
    from llmspell.services.network import NetworkPort
    from tests.security.probe import Stage

MUST = {"denied": PermissionDeniedError, "invalid": ValidationError}
EVERY_HOST = ("net.connect",)


def resolver_of(case: Case) -> Resolver:
    """Give what resolves names as the case says, and else reads numbers as the system's own functions do."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if "resolves" in case.data:
            found: list[str] = case.data["resolves"]
            return found
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(one[4][0]) for one in answers]

    return resolve


async def ask(case: Case, _stage: Stage) -> str | None:
    """Request the address, and look its host up as a driver does."""
    grants = Grants.parse(case.data.get("grants", EVERY_HOST))
    secrets, resolver = SecretService({}), resolver_of(case)
    service = HttpService(secrets=secrets, resolver=resolver)
    try:
        response = await service.port(grants, "probe").request("GET", case.data["url"], timeout=5)
    except LlmspellError as error:
        if not isinstance(error, MUST[case.data["must"]]):
            return f"{type(error).__name__}: {error}"
    else:
        return f"it answered with status {response.status}"
    finally:
        await service.aclose()
    if case.data["must"] != "denied":
        return None
    network = NetworkService(secrets=secrets, resolver=resolver).port(grants, "probe")
    return await _ask_as_a_driver(case.data["url"], network)


async def _ask_as_a_driver(url: str, network: NetworkPort) -> str | None:
    parts = httpx.URL(url)
    try:
        found = await network.addresses(parts.raw_host.decode("ascii"), parts.port or 80)
    except (PermissionDeniedError, ValidationError):
        return None
    return f"a driver may dial {', '.join(found)}"


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("addresses.toml")


AREA = Area(
    "addresses",
    promise="N1",
    title="Addresses that may not be reached",
    how="each address is requested with every host granted by a wildcard (or by the rules of the case); names "
    "resolve as the case says, numbers as the system reads them; then its host is looked up as a driver does. Anything "
    "but the refusal that was expected counts as failed",
    load=load,
    try_=ask,
    sample=60,
)
