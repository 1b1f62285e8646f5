from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ValidationError
from llmspell_tools_utilities.identifiers import BASE58, inspect_identifier, to_base

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("version", [1, 4, 6, 7])
async def test_uuids_have_their_version_and_are_unique(call: Call, version: int) -> None:
    ids = [uuid.UUID(one) for one in (await call("uuid_generator", type=f"v{version}", count=200))["ids"]]
    assert {one.version for one in ids} == {version}
    assert {one.variant for one in ids} == {uuid.RFC_4122}
    assert len(set(ids)) == 200
    if version in {6, 7}:
        assert ids == sorted(ids)


@pytest.mark.parametrize("version", [1, 6])
async def test_time_is_that_of_the_clock(call: Call, version: int) -> None:
    one = (await call("uuid_generator", type=f"v{version}"))["id"]
    known = inspect_identifier(one)
    assert known["timestamp"] == pytest.approx(1_700_000_000, abs=0.001)
    assert known["version"] == version


async def test_names_give_the_same_id_for_ever(call: Call) -> None:
    for type_, expected in (("v3", uuid.uuid3), ("v5", uuid.uuid5)):
        made = await call("uuid_generator", type=type_, namespace="url", name="https://example.org/")
        assert made["id"] == str(expected(uuid.NAMESPACE_URL, "https://example.org/"))
    own = str(uuid.UUID(int=7))
    assert (await call("uuid_generator", type="v5", namespace=own, name="x"))["id"] == str(
        uuid.uuid5(uuid.UUID(own), "x")
    )


async def test_ulids_sort_and_tell_their_time(call: Call) -> None:
    ids = (await call("uuid_generator", type="ulid", count=50))["ids"]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", one) for one in ids)
    assert inspect_identifier(ids[0]) == {
        "valid": True,
        "type": "ulid",
        "version": None,
        "timestamp": 1_700_000_000.0,
        "text": "a valid ulid",
    }


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        ({"format": "simple", "uppercase": True}, r"[0-9A-F]{12}4[0-9A-F]{19}"),
        ({"format": "urn"}, r"urn:uuid:[0-9a-f-]{36}"),
        ({"format": "braces"}, r"\{[0-9a-f-]{36}\}"),
        ({"format": "base58"}, r"[1-9A-HJ-NP-Za-km-z]{22}"),
        ({"type": "nil"}, r"0{8}-0{4}-0{4}-0{4}-0{12}"),
        ({"type": "max"}, r"f{8}-f{4}-f{4}-f{4}-f{12}"),
        ({"type": "nanoid"}, r"[\w-]{21}"),
        ({"type": "nanoid", "size": 10, "alphabet": "ab"}, r"[ab]{10}"),
        ({"type": "short", "size": 8, "prefix": "u_"}, r"u_[1-9A-HJ-NP-Za-km-z]{8}"),
        (
            {"type": "custom", "pattern": "{date}-{hex:4}-{digits:3}-{letters:2}-{alnum:5}"},
            r"20231114-[0-9a-f]{4}-\d{3}-[a-z]{2}-[0-9a-z]{5}",
        ),
        (
            {"type": "custom", "pattern": "{uuid}/{uuid7}/{ulid}/{timestamp}"},
            r"[0-9a-f-]{36}/[0-9a-f-]{36}/[0-9A-Z]{26}/1700000000",
        ),
    ],
)
async def test_formats(call: Call, arguments: dict[str, Any], pattern: str) -> None:
    assert re.fullmatch(pattern, (await call("uuid_generator", **arguments))["id"])


async def test_the_run_owns_the_randomness(call: Call) -> None:
    assert await call("uuid_generator", count=3) == await call("uuid_generator", count=3)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"type": "v5"}, "name"),
        ({"type": "v5", "name": "x", "namespace": "nope"}, "namespace"),
        ({"type": "custom"}, "pattern"),
        ({"type": "custom", "pattern": "{hex:999}"}, "wider"),
        ({"type": "custom", "pattern": "{hexx}"}, "hexx"),
        ({"type": "nanoid", "alphabet": "aa"}, "twice"),
        ({"operation": "validate"}, "value"),
        ({"count": 0}, "at least 1"),
    ],
)
async def test_wrong_requests(call: Call, arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        await call("uuid_generator", **arguments)


async def test_validate_says_no(call: Call) -> None:
    assert (await call("uuid_generator", operation="validate", value="hello"))["valid"] is False


@given(st.uuids())
def test_base58_is_reversible(one: uuid.UUID) -> None:
    number = 0
    for letter in to_base(one.int, BASE58, 22):
        number = number * 58 + BASE58.index(letter)
    assert number == one.int
