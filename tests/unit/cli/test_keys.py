"""`llmspell keys`, as a person and as a script use it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

pytest.importorskip("llmspell_secrets", reason="keeps secrets: needs llmspell-secrets")

CONFIG = '[secrets.file]\npassword_file = "password"\nmemory = "8MB"\npasses = 1\n'
VALUE = "sk-very-secret"


@pytest.fixture
def keys(llmspell, tmp_path):
    """Run `llmspell keys WORDS` beside a file that holds the password."""
    (tmp_path / "password").write_text("old\n")
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "llmspell.toml").write_text(CONFIG)

    def run(*words: str, stdin: str = "", **env: str):
        done = llmspell("keys", *words, stdin=stdin, LLMSPELL_DATA_DIR=str(tmp_path / "data"), **env)
        assert VALUE not in done.out + done.err
        return done

    return run


def listed(keys) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in json.loads(keys("list", "--json").out)["secrets"]}


def test_a_secret_is_kept_listed_and_removed(keys, tmp_path):
    assert keys("set", "WORK_KEY", "--host", "api.example.org", stdin=f"{VALUE}\n").status == 0
    assert listed(keys)["WORK_KEY"] == {"name": "WORK_KEY", "from": "store file", "hosts": ["api.example.org"]}
    assert ["WORK_KEY", "store", "file", "api.example.org"] in [line.split() for line in keys("list").out.splitlines()]
    assert VALUE not in (tmp_path / "data" / "secrets.json").read_text()
    assert keys("remove", "WORK_KEY", "--json").status == 0
    assert "WORK_KEY" not in listed(keys)
    assert keys("remove", "WORK_KEY").status == 2


@pytest.mark.parametrize(
    "host",
    ["https://api.example.org/", "api.example.org:443", "a.example,b.example", "ada@x.example", "b\u00fc.example", ""],
)
def test_a_host_that_no_host_is_like_keeps_nothing(keys, host):
    done = keys("set", "WORK_KEY", "--host", "api.example.org", "--host", host, stdin=VALUE)
    assert done.status == 2
    assert f"{host!r} is no host of a secret" in done.err
    assert "WORK_KEY" not in listed(keys)


@pytest.mark.parametrize("host", ["localhost", "*.example.org", "10.0.0.1", "::1", "fd00::*", "xn--bcher-kva.example"])
def test_a_host_or_a_pattern_of_hosts(keys, host):
    assert keys("set", "WORK_KEY", "--host", host, stdin=VALUE).status == 0
    assert listed(keys)["WORK_KEY"]["hosts"] == [host]


def test_where_each_comes_from(keys, tmp_path):
    (tmp_path / "llmspell.toml").write_text(CONFIG + '[providers.openai]\napi_key_file = "key"\n')
    found = {name: one["from"] for name, one in listed(lambda *words: keys(*words, MAIL_PASSWORD="x")).items()}
    assert found["MAIL_PASSWORD"] == "environment"
    assert found["providers.openai.api_key"] == "file key"


def test_rotating_needs_the_new_password_from_then_on(keys, tmp_path):
    keys("set", "WORK_KEY", stdin=VALUE)
    (tmp_path / "new").write_text("new\n")
    assert json.loads(keys("rotate", "--new-password-file", "new", "--json").out) == {"rotated": 1, "store": "file"}
    done = keys("set", "OTHER", stdin="x")
    assert done.status == 3
    assert "error[6131]" in done.err
    (tmp_path / "password").write_text("new\n")
    assert keys("set", "OTHER", stdin="x").status == 0


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (("set", "WORK_KEY", VALUE), "", "not given on the command line"),
        (("set", "WORK_KEY"), "", "one line that is not empty"),
        (("set", "WORK_KEY"), f"{VALUE}\n{VALUE}\n", "one line that is not empty"),
        (("set", "WORK_KEY"), "x" * 70_000, "longer than"),
        (("set", "a b"), VALUE, "no name of a secret"),
        (("set", "WORK_KEY", "--store", "none"), VALUE, "name one of file, keyring"),
        (("rotate", "--new-password-file", "missing"), "", "cannot be read"),
        (("rotate",), "", "there is no"),
    ],
)
def test_what_goes_wrong_keeps_nothing(keys, tmp_path, words, stdin, says):
    done = keys(*words, stdin=stdin)
    assert done.status != 0
    assert says in done.err
    assert not (tmp_path / "data" / "secrets.json").exists()


def test_without_a_terminal_nobody_is_asked(keys, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[secrets.file]\nmemory = "8MB"\n')
    done = keys("set", "WORK_KEY", stdin=VALUE)
    assert done.status == 3
    assert "no terminal to ask for it" in done.err
    assert "password_file" in done.err


def test_a_store_that_nobody_has(keys, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[secrets]\nstore = "vault"\n')
    done = keys("list")
    assert done.status == 3
    assert "there is file, keyring" in done.err


def test_without_the_plugin_there_is_no_store(keys, tmp_path):
    (tmp_path / "llmspell.toml").unlink()
    done = keys("set", "WORK_KEY", "-p", "no:secrets", stdin=VALUE)
    assert done.status != 0
    assert "pip install llmspell-secrets" in done.err


def test_a_terminal_is_asked_and_shows_nothing(tmp_path):
    (tmp_path / "llmspell.toml").write_text('[secrets.file]\nmemory = "8MB"\npasses = 1\n')
    ours, theirs = pty.openpty()
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LLMSPELL_DATA_DIR": str(tmp_path / "data")}
    child = subprocess.Popen(
        [sys.executable, "-m", "llmspell", "keys", "set", "WORK_KEY"],
        cwd=tmp_path, env=clean, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    for prompt, answer in ((b"WORK_KEY: ", VALUE), (b"secrets.json: ", "pass"), (b"again: ", "pass")):
        while prompt not in said:
            said += os.read(ours, 1000)
        said = b""
        os.write(ours, f"{answer}\n".encode())
    try:
        while chunk := os.read(ours, 1000):
            said += chunk
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert child.wait() == 0, said
    assert b"kept WORK_KEY" in said
    assert VALUE.encode() not in said
    assert (tmp_path / "data" / "secrets.json").exists()


def test_the_doctor_tells_where_keys_come_from(keys, llmspell, tmp_path):
    keys("set", "WORK_KEY", "--host", "api.example.org", stdin=VALUE)
    done = llmspell("doctor", "--json", LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    found = {one["what"]: one for one in json.loads(done.out)["findings"] if one["group"] == "keys"}
    assert found["WORK_KEY"]["about"] == "from the store file, for api.example.org only"


def test_a_new_password_that_nobody_can_type_comes_from_a_file(keys):
    keys("set", "WORK_KEY", stdin=VALUE)
    done = keys("rotate")
    assert done.status == 3
    assert "needs a new password" in done.err
    assert "--new-password-file FILE" in done.err


def test_a_store_that_is_damaged_is_not_an_empty_one(keys, tmp_path):
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "secrets.json").write_text("nonsense")
    for words, more in ((("list",), {}), (("list", "--json"), {}), (("list",), {"MAIL_PASSWORD": "x"})):
        done = keys(*words, **more)
        assert done.status == 3
        assert "is damaged" in done.err
        assert "there are no secrets" not in done.err
    assert "MAIL_PASSWORD" in keys("list", MAIL_PASSWORD="x").out
