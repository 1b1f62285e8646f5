"""The table of documented calls leaves nothing out: each function of the API is called in each language."""

from __future__ import annotations

import re

import pytest

from llmspell.bridge.api import NAMESPACES, handle_class, namespace_class
from llmspell.bridge.api.absent import ABSENT
from llmspell.bridge.typings.surface import Function, Owner, surface
from tests.documented.rows import LANGUAGES, rows

OWNERS = [owner for side in ("namespaces", "handles") for owner in getattr(surface(), side)]
PROGRAMS = {language: "\n".join(row.programs.get(language, "") for row in rows()) for language in LANGUAGES}
CELLS = [(owner, function, language) for owner in OWNERS for function in owner.functions for language in LANGUAGES]


def spellings(name: str, language: str) -> set[str]:
    """Give the ways to write a name: in JavaScript in camel case, too; in Python with `_` where it is a keyword."""
    if language == "javascript":
        return {name, re.sub(r"_(\w)", lambda found: found[1].upper(), name)}
    return {name, f"{name}_"} if language == "python" else {name}


def is_called(owner: Owner, function: Function, language: str) -> bool:
    """Tell whether any name of a function is called, on its namespace or on some object."""
    names = "|".join(sorted(one for name in function.names for one in spellings(name, language)))
    if owner.name[:1].islower():
        return re.search(rf"[.:](?:{names})\b", PROGRAMS[language]) is not None
    if owner.name == "Log":
        return re.search(rf"\b(?:[Ll]og\.)?(?:{names})\(", PROGRAMS[language]) is not None
    made = rf"|\bnew {owner.name}\(|\b{owner.name}\(" if function.name == "new" else ""
    return re.search(rf"\b{owner.name}\.(?:{names})\b{made}", PROGRAMS[language]) is not None


@pytest.mark.parametrize(
    ("owner", "function", "language"), CELLS, ids=[f"{function.op}-{language}" for _, function, language in CELLS]
)
def test_every_function_is_called_in_every_language(owner: Owner, function: Function, language: str) -> None:
    assert is_called(owner, function, language)


@pytest.mark.parametrize("name", ABSENT)
def test_a_name_that_is_not_there_is_not_defined(name: str) -> None:
    head, _, member = name.partition(".")
    owner = handle_class(head) if head[:1].islower() else namespace_class(head)
    if not member:
        assert name not in NAMESPACES
    elif owner is not None:
        known = {one for about in owner.functions().values() for one in (about.name, *about.aliases)}
        assert member not in known
