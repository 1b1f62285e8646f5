"""TLS: the certificate is checked against the name of the host, whichever address is dialled."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import ConfigError, StorageError
from llmspell.testing.postgres_server import MISSING, PROGRAMS, PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")


@pytest.fixture(scope="module")
def secure() -> Iterator[PostgresServer]:
    """A server that speaks with nobody in plain words."""
    if PROGRAMS is None:
        pytest.skip(MISSING)
    server = PostgresServer("ssl = on", "ssl_cert_file = 'cert.pem'", "ssl_key_file = 'key.pem'")
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=test"
    files = ("-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem")
    subprocess.run(["openssl", *options.split(), *files], cwd=server.data, check=True, capture_output=True)
    (server.data / "key.pem").chmod(0o600)
    server.give_away(server.data / "key.pem", server.data / "cert.pem")
    hba = server.data / "pg_hba.conf"
    hba.write_text(hba.read_text().replace("host ", "hostssl "))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def authority(secure: PostgresServer) -> str:
    return str(secure.data / "cert.pem")


async def test_an_encrypted_connection_with_the_name_on_the_certificate(opened, secure, authority):
    store = await opened(secure, host="localhost", tls=True, authorities=authority)
    await store.put("k", bytes(100_000))
    assert await store.get("k") == bytes(100_000)
    assert await store._database.do(
        lambda one: one.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    )


@pytest.mark.parametrize("known", [False, True])
async def test_another_name_or_authority_is_not_trusted(opened, secure, authority, known):
    section = {"authorities": authority} if known else {"host": "localhost"}
    with pytest.raises(StorageError, match="certificate verify failed"):
        await opened(secure, tls=True, **section)


async def test_a_file_that_is_no_certificate_is_named(opened, secure, tmp_path):
    path: Path = tmp_path / "x.pem"
    path.write_text("nonsense")
    with pytest.raises(ConfigError, match=r"x\.pem cannot be used for TLS"):
        await opened(secure, tls=True, authorities=str(path))


async def test_plain_words_to_a_server_that_wants_tls_are_an_error(opened, secure):
    with pytest.raises(StorageError, match="does not let this user log in from here") as caught:
        await opened(secure)
    assert "pg_hba.conf" in caught.value.suggestions[0]


async def test_tls_to_a_server_that_has_none_is_an_error(opened, shared_postgres, authority):
    with pytest.raises(StorageError, match="rejected SSL upgrade"):
        await opened(shared_postgres, host="localhost", tls=True, authorities=authority)
