"""Text operations on letters: case, accents, normal forms, encodings."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.spec.tools import Doc
from llmspell_tools_utilities.codecs import CODECS, decode, encode
from llmspell_tools_utilities.text_operation import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.spec.context import Regex

# Words inside identifiers and prose: HTTPServer -> HTTP Server; each match is bounded, so the time is linear.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_NOT_SLUG = re.compile(r"[^\w]+|_+")
_Codec = Literal["base64", "base64url", "base32", "hex", "base85", "url", "html", "json", "rot13", "unicode_escape"]


@frozen(kw_only=True)
class Normalize(Operation):
    """Bring characters that look the same to the same code points."""

    form: Annotated[Literal["NFC", "NFD", "NFKC", "NFKD"], Doc("Unicode normal form.")] = "NFC"

    def apply(self, value: str, regex: Regex) -> str:  # noqa: ARG002 - the shape of every operation
        """Normalise."""
        return unicodedata.normalize(self.form, value)


@frozen(kw_only=True)
class Slugify(Operation):
    """Make a text fit for a URL or a file name."""

    separator: Annotated[str, Doc("Between the words.", max_length=10)] = "-"
    max_length: Annotated[int | None, Doc("Cut at this many characters.", minimum=1)] = None

    def apply(self, value: str, regex: Regex) -> str:  # noqa: ARG002 - the shape of every operation
        """Make the slug."""
        slug = _NOT_SLUG.sub(" ", without_accents(value).lower()).strip().replace(" ", self.separator)
        return slug if self.max_length is None else slug[: self.max_length].rstrip(self.separator or None)


@frozen(kw_only=True)
class Encode(Operation):
    """Encode as UTF-8 and then as text."""

    format: Annotated[_Codec, Doc("The encoding.")]

    def apply(self, value: str, regex: Regex) -> str:  # noqa: ARG002 - the shape of every operation
        """Encode."""
        return encode(self.format, value.encode())


@frozen(kw_only=True)
class Decode(Operation):
    """Decode to UTF-8 text."""

    format: Annotated[_Codec, Doc("The encoding.")]

    def apply(self, value: str, regex: Regex) -> str:  # noqa: ARG002 - the shape of every operation
        """Decode."""
        return CODECS[self.format].text(decode(self.format, value))


def without_accents(text: str) -> str:
    """Drop combining marks: é becomes e, ñ becomes n."""
    return unicodedata.normalize(
        "NFC", "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    )


def words_of(text: str) -> list[str]:
    """Split identifiers and prose into words: `parseHTTPResponse_now` has four."""
    return _WORD.findall(text)


def _camel(text: str) -> str:
    first, *rest = words_of(text) or [""]
    return first.lower() + "".join(word.capitalize() for word in rest)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _simple(name: str, function: Callable[[str], str], doc: str) -> type[Operation]:
    """Make an operation without options out of a function of a text."""

    def apply(self: Operation, value: Any, regex: Regex) -> str:  # noqa: ARG001 - the shape of every operation
        return function(value)

    return frozen(kw_only=True)(type(name, (Operation,), {"apply": apply, "__doc__": doc, "__slots__": ()}))


CASE: Mapping[str, type[Operation]] = {
    "upper": _simple("Upper", str.upper, "Capital letters."),
    "lower": _simple("Lower", str.lower, "Small letters."),
    "casefold": _simple("Casefold", str.casefold, "Small letters for comparing."),
    "swapcase": _simple("Swapcase", str.swapcase, "Swap capital and small letters."),
    "title": _simple(
        "Title", lambda t: re.sub(r"\S+", lambda m: m[0][:1].upper() + m[0][1:].lower(), t), "Capitalise each word."
    ),
    "capitalize": _simple("Capitalize", str.capitalize, "Capitalise the first letter, lower the rest."),
    "sentence": _simple("Sentence", _sentence, "Capitalise the first letter of the text."),
    "camel": _simple("Camel", _camel, "camelCase."),
    "pascal": _simple("Pascal", lambda t: "".join(w.capitalize() for w in words_of(t)), "PascalCase."),
    "snake": _simple("Snake", lambda t: "_".join(w.lower() for w in words_of(t)), "snake_case."),
    "kebab": _simple("Kebab", lambda t: "-".join(w.lower() for w in words_of(t)), "kebab-case."),
    "constant": _simple("Constant", lambda t: "_".join(w.upper() for w in words_of(t)), "CONSTANT_CASE."),
    "strip_accents": _simple("StripAccents", without_accents, "Drop accents."),
    "normalize": Normalize,
    "slugify": Slugify,
    "encode": Encode,
    "decode": Decode,
    "escape_html": _simple("EscapeHtml", lambda t: encode("html", t.encode()), "Escape & < > and quotes."),
    "unescape_html": _simple("UnescapeHtml", lambda t: decode("html", t).decode(), "Resolve HTML entities."),
}
