"""The rules of answers to `llmspell generate`; each gives the answer as it is kept, or says which rule it breaks."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from llmspell.errors import UsageError
from llmspell.kernel.discovery import is_name, normalise

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_NAME = 40
LONGEST_TEXT = 200
MOST_COMPONENTS = 5  # a plugin module has 60 lines at most, and a template needs nine for a component
_OURS = "llmspell-"
_PACKAGING = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?\Z", re.IGNORECASE | re.ASCII)
_EMAIL = re.compile(r"[^@\s<>(),\"\\]+@[^@\s<>(),\"\\]+\.[^@\s<>(),\"\\.]+\Z")
_TAKEN = {"plugin": "the module that describes the components", "conftest": "a file of pytest's"}


def refusal(key: str, rule: str, message: str, *suggestions: str) -> UsageError:
    """Say that the answer to `key` breaks a rule; both are in the context of the error."""
    return UsageError(message, suggestions=suggestions, context={"answer": key, "rule": rule})


def plugin(key: str, value: object, prefix: str) -> str:
    """Shorten a name to what comes after the prefix of its kind: `llmspell-tools-sky_map` and `Sky.Map` are `sky-map`.

    PEP 503 says which spellings are one name; what is left must be a module and the name of a plugin, too.
    """
    text = _name(key, value)
    if not _PACKAGING.match(text):
        raise refusal(
            key,
            "packaging",
            f"{key} {text!r} is no name of a distribution",
            "use letters, digits, and - . _ between them",
        )
    name = normalise(text)
    if f"{name}-" == prefix or (name.startswith(_OURS) and not name.startswith(prefix)):
        raise refusal(
            key,
            "prefix",
            f"{key} {text!r} begins with {_OURS!r} but not with {prefix!r}",
            f"leave the prefix out: the distribution is {prefix}NAME",
        )
    name = name.removeprefix(prefix)
    if len(name) > LONGEST_NAME:
        raise _too_long(key, text, LONGEST_NAME)
    if not is_name(name.replace("-", "_")):
        raise refusal(key, "letter", f"{key} {text!r} does not begin with a letter", "begin with a letter")
    if keyword.iskeyword(name):
        raise refusal(key, "keyword", f"{key} {text!r} is a keyword of Python", f"use a longer name: {name}-tools")
    return name


def component(key: str, value: object) -> str:
    """Check the name of a component: snake_case, and free to be a module of the package."""
    text = _name(key, value)
    if len(text) > LONGEST_NAME:
        raise _too_long(key, text, LONGEST_NAME)
    if not is_name(text):
        wanted = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower()
        raise refusal(
            key,
            "snake_case",
            f"{key} {text!r} is not snake_case: a-z, 0-9 and _, a letter first",
            f"write {wanted}" if is_name(wanted) else "begin with a letter",
        )
    if keyword.iskeyword(text):
        message = f"{key} {text!r} is a keyword of Python, which no module can be called"
        raise refusal(key, "keyword", message, f"use a longer name: {text}_tool")
    if text in _TAKEN:
        raise refusal(key, "taken", f"{key} {text!r} is taken by {_TAKEN[text]}", "choose another name")
    return text


def components(key: str, value: object, prefix: str) -> list[str]:  # noqa: ARG001 - rules are called alike
    """Check a list of components, or a text of names with commas or spaces between them."""
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise refusal(key, "some", f"{key} names nothing", "name one at least")
    names = [component(key, word) for part in words for word in (part.split(",") if isinstance(part, str) else [part])]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise refusal(key, "once", f"{key} names {', '.join(double)} twice", "name each once")
    if len(names) > MOST_COMPONENTS:
        message = f"{key} names {len(names)} components, {MOST_COMPONENTS} are the most to begin with"
        raise refusal(key, "most", message, "generate some and write the others")
    return names


def sentence(key: str, value: object, prefix: str) -> str:  # noqa: ARG001
    """Check a text of one line that is not empty."""
    text = _line(key, value)
    if not text:
        raise refusal(key, "some", f"{key} is empty", "write a sentence")
    return text


def word(key: str, value: object, prefix: str) -> str:  # noqa: ARG001
    """Check one snake_case word."""
    return component(key, value)


def person(key: str, value: object, prefix: str) -> str:  # noqa: ARG001
    """Check a name as it stands before a mail address (core metadata: no commas), or nothing."""
    text = _line(key, value)
    wrong = sorted(set(text) & set(',<>"@\\'))
    if wrong:
        raise refusal(key, "person", f"{key} {text!r} has {' '.join(wrong)} in it", "write the name alone")
    return text


def email(key: str, value: object, prefix: str) -> str:  # noqa: ARG001
    """Check a mail address, or nothing."""
    text = _line(key, value)
    if text and not _EMAIL.match(text):
        raise refusal(
            key, "email", f"{key} {text!r} is no mail address", "write it as name@example.org, or leave it out"
        )
    return text


def year(key: str, value: object, prefix: str) -> str:  # noqa: ARG001
    """Check a year of four digits."""
    text = _line(key, value)
    if not re.fullmatch(r"[0-9]{4}", text):
        raise refusal(key, "year", f"{key} {text!r} is no year", "write four digits")
    return text


def choice(key: str, value: object, choices: tuple[str, ...]) -> str:
    """Check a choice, whatever its case."""
    text = _line(key, value)
    for one in choices:
        if one.casefold() == text.casefold():
            return one
    raise refusal(key, "choice", f"{key} {text!r} is none of the choices", f"choose from {', '.join(choices)}")


RULES: dict[str, Callable[[str, object, str], str | list[str]]] = {
    rule.__name__: rule for rule in (plugin, components, sentence, word, person, email, year)
}


def _name(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal(key, "text", f"{key} is {value!r}, wanted text", "write it in quotes")
    text = value.strip()
    if not text:
        raise refusal(key, "some", f"{key} is empty", "give a name")
    if not text.isascii():
        raise refusal(key, "ascii", f"{key} {text!r} has letters outside ASCII", "use a-z, 0-9, - and _")
    if "/" in text or "\\" in text:
        raise refusal(key, "separator", f"{key} {text!r} is a path, wanted a name", "say where with --output-dir")
    return text


def _line(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal(key, "text", f"{key} is {value!r}, wanted text", "write it in quotes")
    text = value.strip()
    if not text.isprintable():
        raise refusal(key, "printable", f"{key} {text!r} has characters that cannot be printed", "write one plain line")
    if len(text) > LONGEST_TEXT:
        raise _too_long(key, text, LONGEST_TEXT)
    return text


def _too_long(key: str, text: str, most: int) -> UsageError:
    return refusal(
        key, "length", f"{key} {text[:most]!r}... has {len(text)} characters, {most} are the most", "shorten it"
    )
