"""Edits of the encrypted file of secrets: whatever is changed in it must be found when it is opened."""

from __future__ import annotations

import json
import os
import random
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from llmspell.errors import SecretStoreError
from llmspell.spec.secret_stores import SecretValue
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from tests.security.probe import Stage

PASSWORD = "correct horse"
WAYS = ("flip", "replace", "remove", "insert", "cut", "double", "older entry", "swap entries", "other file", "value")
COUNT = 100


def load() -> list[Case]:
    """Give every way of editing a hundred times, each elsewhere in the file."""
    return [Case(f"{way} {number}", {"way": way, "seed": number}) for number in range(COUNT) for way in WAYS]


async def try_edit(case: Case, stage: Stage) -> str | None:
    """Edit a file and open it."""
    from llmspell_secrets.sealed import read

    files = await stage.once("files", _made)
    edited = _edited(files, case.data["way"], random.Random(f"{case.name}"))
    if edited == files[0]:
        return "the edit changed nothing"
    try:
        found = read(edited, "the file").unlock(PASSWORD, "the file").get("FIRST")
    except SecretStoreError:
        return None
    return f"it was opened and gave {found!r}"


async def _made(_: Stage) -> list[bytes]:
    """Make a file of three secrets, an older one of the same file, and another one with the same password."""
    from llmspell_secrets.sealed import Cost, create

    cost = Cost(memory=8 << 20, passes=1)
    older = create(PASSWORD, cost, os.urandom)
    for name in ("FIRST", "SECOND", "THIRD"):
        older = older.put(name, SecretValue(f"old {name}", (f"{name.lower()}.example",)), os.urandom)
    newer = older
    for name in ("FIRST", "SECOND", "THIRD"):
        newer = newer.put(name, SecretValue(f"new {name}", (f"{name.lower()}.example",)), os.urandom)
    other = create(PASSWORD, cost, os.urandom).put("FIRST", SecretValue("other", ("first.example",)), os.urandom)
    return [newer.dump(), older.dump(), other.dump()]


def _edited(files: list[bytes], way: str, chance: random.Random) -> bytes:
    whole = files[0]
    at = chance.randrange(len(whole))
    bit = bytes([whole[at] ^ (1 << chance.randrange(8))])
    other = bytes([chance.choice([one for one in b'ABCxyz019+/= "{}' if one != whole[at]])])
    more = {
        "flip": bit + whole[at + 1 :],
        "replace": other + whole[at + 1 :],
        "remove": whole[at + 1 + chance.randrange(8) :],
        "insert": bytes([chance.choice(b" A0\n,}")]) + whole[at:],
        "cut": b"",
        "double": whole[max(0, at - chance.randrange(1, 60)) :],
    }
    return whole[:at] + more[way] if way in more else _rewritten(files, way, chance)


def _rewritten(files: list[bytes], way: str, chance: random.Random) -> bytes:
    """Change the document and write it as the store would: only keys can tell."""
    from llmspell_secrets.sealed import dump

    data, older, other = (json.loads(one) for one in files)
    names = sorted(data["secrets"])
    one, two = chance.sample(names, 2)
    if way == "older entry":
        data["secrets"][one] = older["secrets"][one]
    elif way == "swap entries":
        part = chance.choice(["hosts", "nonce", "sealed", ""])
        _swap(data["secrets"], one, two, part)
    elif way == "other file":
        part = chance.choice(["kdf", "key", "seal", "store"])
        data[part] = other[part]
    else:
        _odd(data, chance)
    return dump(data)


def _swap(secrets: Any, one: str, two: str, part: str) -> None:
    if part:
        secrets[one][part], secrets[two][part] = secrets[two][part], secrets[one][part]
    else:
        secrets[one], secrets[two] = secrets[two], secrets[one]


def _odd(data: Any, chance: random.Random) -> None:
    """Put something else in the place of one value of the document."""
    places: list[tuple[Any, Any]] = []

    def walk(here: Any) -> None:
        for key in list(here) if isinstance(here, dict) else range(len(here)):
            places.append((here, key))
            if isinstance(here[key], (dict, list)):
                walk(here[key])

    walk(data)
    here, key = chance.choice(places)
    odd: list[object] = [None, 0, 2, -1, "", "AAAA", [], {}, True, "first.example "]
    here[key] = chance.choice([one for one in odd if one != here[key]])


def needs() -> str | None:
    """Ask for the store."""
    return None if find_spec("llmspell_secrets") else "llmspell-secrets is not installed"


AREA = Area(
    "secret_files",
    promise="T18",
    title="Edits of the file of secrets",
    how="bytes of the encrypted file are flipped, replaced, removed, inserted, cut and doubled; entries are swapped, "
    "taken from an older or another file or changed, and the file is written anew as the store writes it; then it is "
    "opened with the right password",
    load=load,
    try_=try_edit,
    needs=needs,
    sample=60,
)
