"""Values of a log as people and programs read them: without the forms that bring them back into a run.

Values of our own are maps of their fields, bytes `{"base64": ...}` (those that a store keeps: data, if they are JSON),
moments ISO 8601, integers numbers of any size. What has no form in a log is told as `<type>`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Mask = Callable[[str], str]

REF: Final = "$ref"
DEPTH: Final = 200
"""How deep a value may be nested; logs written here are not half as deep."""

_ESCAPED: Final = re.compile(r"\${2,}ref")
"""What looks like a mention and is none: one `$` was added where texts were taken out."""

TOO_DEEP: Final = "<nested too deeply>"


class Ref:
    """Stand for a long value that is kept once: a message of a conversation, say."""

    __slots__ = ("digest",)

    def __init__(self, digest: str) -> None:
        self.digest = digest


def readable(value: Any, mask: Mask, depth: int = DEPTH) -> Any:
    """Give a value of a record; `mask` takes secrets out of texts. What it mentions is a `Ref`."""
    if isinstance(value, str):
        return mask(value)
    if not depth:
        return TOO_DEEP
    if isinstance(value, list):
        return [readable(one, mask, depth - 1) for one in value]
    if not isinstance(value, dict):
        return value
    form = next(iter(value), "")
    if len(value) == 1 and _ESCAPED.fullmatch(form):
        value = {form[1:]: value[form]}
        form = form[1:]
    if form.startswith("$") and not form.startswith("$$"):
        return _form(form, value, mask, depth)
    return {
        mask(key[1:] if key.startswith("$$") else key): readable(one, mask, depth - 1) for key, one in value.items()
    }


def _form(form: str, value: dict[str, Any], mask: Mask, depth: int) -> Any:
    body = value[form]
    if form == REF and isinstance(body, str):
        return Ref(body)
    if form == "$m":
        said = readable(value.get("v"), mask, depth - 1)
        return _written(said, mask) if body == "operation" else said
    if isinstance(body, str) and form in _FORMS:
        return mask(_half(body)) if form == "$u" else _FORMS[form](body)
    return {key: readable(one, mask, depth - 1) for key, one in value.items()}  # of the wire: a handle, a function


def _written(said: Any, mask: Mask) -> Any:
    """Give a write of a store with its value as data, where its bytes are JSON."""
    held = said.get("value") if isinstance(said, dict) else None
    if not isinstance(held, dict) or not isinstance(body := held.get("base64"), str):
        return said
    from llmspell.services.secret_masks import mask_data  # noqa: PLC0415 - paid by who wrote values

    try:
        return {**said, "value": mask_data(json.loads(base64.b64decode(body, validate=True)), mask)}
    except (ValueError, RecursionError):
        return said


def _number(body: str) -> object:
    return int(body) if body.removeprefix("-").isdecimal() else body


def _half(body: str) -> str:
    """Give text with half a surrogate pair in it, which is no character, as it can be written."""
    try:
        text = base64.b64decode(body, validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, UnicodeDecodeError):
        return body
    return text.encode("utf-8", "replace").decode()


_FORMS: Final[Mapping[str, Callable[[str], object]]] = {
    "$b": lambda body: {"base64": body},
    "$d": str,
    "$f": str,
    "$i": _number,
    "$u": _half,
    "$x": lambda body: f"<{body}>",
}


def whole(value: Any, texts: Mapping[str, Any], known: dict[str, Any]) -> Any:
    """Give a readable value with what it mentions; `known` remembers what was put together before."""
    if isinstance(value, Ref):
        if value.digest not in known:
            known[value.digest] = f"<missing text {value.digest}>"  # also where a damaged log mentions itself
            if value.digest in texts:
                known[value.digest] = whole(texts[value.digest], texts, known)
        return known[value.digest]
    if isinstance(value, list):
        return [whole(one, texts, known) for one in value]
    if isinstance(value, dict):
        return {key: whole(one, texts, known) for key, one in value.items()}
    return value
