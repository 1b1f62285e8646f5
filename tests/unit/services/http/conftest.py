from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.services.http import HttpPort, HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.testing.server import Server


async def on_loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    """HTTP in a world where every name means this machine."""
    service = HttpService(secrets=SecretService({"PROBE_API_KEY": "s3cret"}), resolver=on_loopback)
    yield service
    await service.aclose()


@pytest.fixture
def http(service: HttpService, server: Server) -> HttpPort:
    """A port that may reach the server."""
    return service.port(Grants.parse([f"net.connect=127.0.0.1:{server.port}"]), "tool probe")
