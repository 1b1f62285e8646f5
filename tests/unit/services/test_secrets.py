from __future__ import annotations

import base64
import html
import io
import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import AuthenticationError, PermissionDeniedError
from llmspell.services.secret_forms import MIN_LENGTH
from llmspell.services.secrets import SecretFilter, SecretService
from llmspell.spec.secrets import SecretRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUE = 'sk-a/b+c "é" 123'


def test_a_secret_is_found_in_environment_file_and_memory(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file\n")
    secrets = SecretService({"OPENAI_API_KEY": "from-env", "HOME": "/home/ada", "ODD": "odd-value"})
    secrets.add_file("FILE_KEY", tmp_path / "key")
    secrets.add("MEMORY", "from-memory")
    for name, value in (("OPENAI_API_KEY", "from-env"), ("FILE_KEY", "from-file"), ("MEMORY", "from-memory")):
        ref = secrets.get(name)
        assert ref is not None
        assert secrets.resolve(ref.bound("x.org", "Bearer {}"), "x.org") == f"Bearer {value}"
    assert secrets.get("HOME") is None
    assert secrets.get("ODD") is None
    secrets.declare("ODD")
    assert secrets.get("ODD") is not None
    assert secrets.get("NO_SUCH_KEY") is None


@pytest.mark.parametrize("name", ["DB_PASSWORD", "PGPASSWORD", "db_password"])
def test_a_password_is_one_however_its_variable_begins(name: str) -> None:
    secrets = SecretService({name: "correct horse"})
    assert secrets.get(name) is not None
    assert "horse" not in secrets.redact("it was correct horse")


@pytest.mark.parametrize("host", [None, "x.org", "*.x.org"])
def test_a_secret_is_resolved_for_its_host_only(host: str | None) -> None:
    secrets = SecretService({"A_KEY": VALUE})
    with pytest.raises(PermissionDeniedError) as caught:
        secrets.resolve(SecretRef("A_KEY", host=host), "evil.org")
    assert VALUE not in str(caught.value.to_dict())


def test_a_host_pattern_is_matched() -> None:
    assert SecretService({"A_KEY": "value-1"}).resolve(SecretRef("A_KEY", host="*.X.org"), "api.x.ORG") == "value-1"


def test_a_secret_without_a_value_names_its_variable() -> None:
    with pytest.raises(AuthenticationError) as caught:
        SecretService({}).resolve(SecretRef("A_KEY", host="x"), "x")
    assert "A_KEY" in caught.value.suggestions[0]


def test_an_unreadable_key_file_is_no_value_and_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secrets = SecretService({})
    secrets.add_file("K", tmp_path / "missing")
    assert secrets.get("K") is None
    assert "missing" in caplog.text


def test_a_line_about_an_unreadable_key_file_is_searched_for_secrets_itself(tmp_path: Path) -> None:
    stream = io.StringIO()
    handler, secrets = logging.StreamHandler(stream), SecretService({"A_KEY": VALUE})
    secrets.add_file("K", tmp_path / "missing")
    handler.addFilter(SecretFilter(secrets))
    log = logging.getLogger("llmspell.secrets")
    log.addHandler(handler)
    try:
        assert secrets.redact(VALUE) == "<secret A_KEY>"
        assert secrets.get("K") is None
    finally:
        log.removeHandler(handler)
    assert stream.getvalue().count("cannot be read") == 1


def test_a_key_file_is_read_again_when_it_was_replaced(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("first-value")
    secrets = SecretService({})
    secrets.add_file("K", key)
    assert secrets.redact("first-value second-value") == "<secret K> second-value"
    (tmp_path / "new").write_text("second-value")
    (tmp_path / "new").replace(key)
    assert secrets.redact("second-value") == "<secret K>"


def test_nothing_prints_a_value() -> None:
    secrets = SecretService({"A_KEY": VALUE})
    secrets.add("B", VALUE)
    assert VALUE not in repr(secrets)
    assert VALUE not in repr(secrets.get("B"))


@settings(deadline=None)  # an expression of forty odd characters takes a while to make
@given(
    st.text(min_size=MIN_LENGTH, max_size=40, alphabet=st.characters(exclude_categories=["Cs"])), st.text(max_size=5)
)
def test_every_form_is_masked(value: str, before: str) -> None:
    secrets = SecretService({"A_KEY": value})
    data = (before + value + "tail").encode()
    for text in (
        value,
        json.dumps({"key": value}),
        json.dumps({"key": value}, ensure_ascii=False),
        json.dumps(json.dumps(value)),
        quote(value, safe=""),
        quote_plus(value),
        quote(value, safe="").lower() if value.isascii() and value.islower() else value,
        value.encode().hex(),
        base64.b64encode(data).decode(),
        base64.urlsafe_b64encode(data).decode(),
    ):
        masked = secrets.redact(f"<<{text}>>")
        assert "<secret A_KEY>" in masked, text


def test_short_values_are_left_alone_and_longer_ones_win() -> None:
    secrets = SecretService({"A_KEY": "abc", "B_KEY": "long-secret", "C_KEY": "long-secret-longer"})
    assert secrets.redact("abc long-secret-longer long-secret") == "abc <secret C_KEY> <secret B_KEY>"


def test_what_was_sent_stays_masked_when_the_environment_changes() -> None:
    environment = {"A_KEY": "first-value"}
    secrets = SecretService(environment)
    secrets.resolve(SecretRef("A_KEY", host="x"), "x")
    environment["B_KEY"] = "second-value"
    del environment["A_KEY"]
    assert secrets.redact("first-value second-value") == "<secret A_KEY> <secret B_KEY>"


def test_the_log_filter_masks_message_arguments_traceback_and_extras() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(extra)s"))
    handler.addFilter(SecretFilter(SecretService({"A_KEY": "very-secret"})))
    log = logging.getLogger("test_secrets")
    log.propagate = False
    log.addHandler(handler)
    try:
        raise ValueError("with very-secret inside")
    except ValueError:
        log.exception("sent %s", "very-secret", extra={"extra": "very-secret"}, stack_info=True)
    assert "very-secret" not in stream.getvalue()
    assert "sent <secret A_KEY> <secret A_KEY>" in stream.getvalue()
    assert "ValueError: with <secret A_KEY> inside" in stream.getvalue()


@settings(deadline=None)  # as above
@given(
    st.text(min_size=MIN_LENGTH, max_size=30, alphabet=st.characters(exclude_categories=["Cs"])),
    st.lists(st.sampled_from(["json", "json as it is", "python", "url", "form", "html"]), max_size=4),
)
def test_a_value_that_was_escaped_again_and_again_is_masked(value: str, ways: list[str]) -> None:
    escapes: dict[str, Callable[[str], str]] = {
        "json": json.dumps,
        "json as it is": lambda text: json.dumps(text, ensure_ascii=False),
        "python": repr,
        "url": lambda text: quote(text, safe=""),
        "form": quote_plus,
        "html": html.escape,
    }
    text = f"<<{value}>>"
    for way in ways:
        text = escapes[way](text)
    masked = SecretService({"A_KEY": value}).redact(text)
    assert "<secret A_KEY>" in masked, text


@pytest.mark.parametrize("value", ["\\" * 40, '\\"' * 20, "%25" * 20, "&amp;" * 20, "% & \\ + " * 5, " " * 40])
@pytest.mark.parametrize("sign", ["\\", "%25", "&amp;", "%5c", '"', "+", "&amp;#92;", " "])
def test_no_text_makes_the_search_slow(value: str, sign: str) -> None:
    """A search that goes back over what it has read takes minutes for these: the time limit of tests ends it."""
    secrets = SecretService({"A_KEY": value})
    assert secrets.redact(sign * 20_000 + "!").endswith("!")
