"""TLS: the certificate is checked against the name of the host, whichever address is dialled."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs openssl to make certificates")


@pytest.fixture
def authority(tmp_path: Path) -> str:
    """A certificate for this machine, and its key, in one file."""
    made = tmp_path / "server.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=test"
    subprocess.run(
        [
            "openssl",
            *options.split(),
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    made.write_text((tmp_path / "cert.pem").read_text() + (tmp_path / "key.pem").read_text())
    return str(made)


@pytest.fixture
def secure(make_redis, authority):
    files = [f"tls-{name}-file {authority}" for name in ("cert", "key", "ca-cert")]

    def make(clients: str):
        return make_redis("port 0", *files, f"tls-auth-clients {clients}", tls=True)

    return make


async def test_an_encrypted_connection_with_the_name_on_the_certificate(opened, secure, authority):
    store = await opened(secure("no"), host="localhost", tls=True, authorities=authority)
    await store.put("k", bytes(100_000))
    assert await store.get("k") == bytes(100_000)


async def test_our_own_certificate_is_shown(opened, secure, authority):
    server = secure("yes")
    section = {"host": "localhost", "tls": True, "authorities": authority}
    store = await opened(server, certificate=authority, **section)
    assert await store.get("k") is None
    with pytest.raises(StorageError, match="cannot be reached"):
        await opened(server, **section)


@pytest.mark.parametrize("known", [False, True])
async def test_another_name_or_authority_is_not_trusted(opened, secure, authority, known):
    section = {"authorities": authority} if known else {"host": "localhost"}
    with pytest.raises(StorageError, match="certificate verify failed"):
        await opened(secure("no"), tls=True, **section)


async def test_a_file_that_is_no_certificate_is_named(opened, secure, tmp_path):
    (tmp_path / "x.pem").write_text("nonsense")
    with pytest.raises(ConfigError, match=r"x\.pem cannot be used for TLS"):
        await opened(secure("no"), tls=True, authorities=str(tmp_path / "x.pem"))


async def test_plain_words_to_a_tls_port_are_an_error(opened, secure):
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        await opened(secure("no"), host="localhost")
    assert "tls" in caught.value.suggestions[0]
