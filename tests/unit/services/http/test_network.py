"""The network port of drivers: checked addresses, TLS by name, secrets for one host, and nobody else may ask."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import ConfigError, NetworkError, PermissionDeniedError
from llmspell.services.network import NetworkPort, NetworkService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.spec import storage
from llmspell.spec.secrets import SecretRef
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import Sequence

PEM = Path(__file__).with_name("loopback.pem")
NAME = "api.loopback.test"


async def on_loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


async def nowhere(_host: str, _port: int) -> Sequence[str]:
    raise OSError(-2, "Name or service not known")


def port(*targets: str, resolver=on_loopback) -> NetworkPort:
    service = NetworkService(secrets=SecretService({"DB_PASSWORD": "s3cret"}), resolver=resolver)
    return service.port(Grants.parse(f"net.connect={target}" for target in targets), "storage probe")


async def test_a_named_host_gives_its_addresses():
    assert await port("db.internal:5432").addresses("DB.internal.", 5432) == ["127.0.0.1"]
    assert await port("127.0.0.1:5432").addresses("127.0.0.1", 5432) == ["127.0.0.1"]


@pytest.mark.parametrize("target", ["db.internal:1", "other:5432", "*"])
async def test_another_host_is_refused(target):
    with pytest.raises(PermissionDeniedError) as caught:
        await port(target).addresses("db.internal", 5432)
    assert "storage probe" in caught.value.message


async def test_a_public_name_does_not_lead_inside_unless_its_network_is_named():
    with pytest.raises(PermissionDeniedError, match="lies beside us"):
        await port("db.example.com:5432").addresses("db.example.com", 5432)
    assert await port("db.example.com:5432", "127.0.0.0/8:5432").addresses("db.example.com", 5432)


async def test_an_unknown_host_is_named():
    with pytest.raises(NetworkError, match="cannot be found"):
        await port("db.internal:5432", resolver=nowhere).addresses("db.internal", 5432)


async def test_a_secret_goes_to_the_host_it_is_bound_to():
    ref = SecretRef("DB_PASSWORD").bound("db.internal")
    assert port("db.internal:1").secret(ref, "db.internal") == "s3cret"
    with pytest.raises(PermissionDeniedError):
        port("db.internal:1").secret(ref, "other.internal")


async def served(context: ssl.SSLContext) -> bytes:
    """Serve TLS at an address for one client, and tell what it read."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(PEM)

    async def greet(_, writer) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=own)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), ssl=context)
        try:
            return await reader.read()
        finally:
            writer.close()


async def test_tls_checks_the_name_and_not_the_address():
    assert await served(await port().tls(NAME, authorities=PEM)) == b"hello"
    for context in (await port().tls("other.test", authorities=PEM), await port().tls(NAME)):
        with pytest.raises(ssl.SSLCertVerificationError):
            await served(context)


async def test_our_own_certificate_is_loaded():
    assert isinstance(await port().tls(NAME, authorities=PEM, certificate=PEM), ssl.SSLContext)


@pytest.mark.parametrize("word", ["authorities", "certificate"])
@pytest.mark.parametrize("content", [None, "nonsense"])
async def test_a_file_that_is_no_certificate_is_named(tmp_path, word, content):
    path = tmp_path / "x.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=r"x\.pem") as caught:
        await port().tls(NAME, **{word: path})
    assert caught.value.suggestions


async def test_only_a_driver_has_the_port():
    async with open_context() as ctx:
        with pytest.raises(PermissionDeniedError, match="no driver"):
            _ = ctx.net
        plain = storage("probe", "tests.none:X", "x")
        with pytest.raises(PermissionDeniedError, match="storage probe"):
            _ = ctx.within(plain, "probe").net


async def test_a_store_reaches_the_host_of_its_configuration_and_no_other():
    class Store:
        @staticmethod
        def hosts(_section: object) -> list[str]:
            return ["localhost:7"]

    driver = storage("probe", "tests.none:Store", "x", native=("net",))
    async with open_context(grants=["net.connect=*"]) as ctx:
        ctx.app.catalog.register(driver, Store, owner="test")
        net = ctx.within(driver, "probe").net
        assert "127.0.0.1" in await net.addresses("localhost", 7)
        with pytest.raises(PermissionDeniedError):
            await net.addresses("localhost", 8)
