"""Encode and decode: base64 and its relatives, URLs, HTML entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.codecs import CODECS, decode, encode

if TYPE_CHECKING:
    from llmspell.spec.context import Context

_ALIASES = {"urlsafe": "base64url", "base16": "hex", "percent": "url", "b64": "base64"}
_Encoding = Literal[
    "base64",
    "base64url",
    "urlsafe",
    "base32",
    "base32hex",
    "base16",
    "hex",
    "base85",
    "ascii85",
    "url",
    "url_form",
    "percent",
    "html",
]


@frozen(kw_only=True)
class EncodeArgs:
    """What to encode or decode."""

    operation: Annotated[Literal["encode", "decode"], Doc("Which way.")] = "encode"
    input: Annotated[str | None, Doc("Text to encode (as UTF-8) or to decode. Give input or data.")] = None
    data: Annotated[bytes | None, Doc("Bytes to encode, given in base64.")] = None
    encoding: Annotated[
        _Encoding, Doc("`base64url` for URLs and tokens, `url` for %-escapes, `url_form` with + for spaces.")
    ] = "base64"
    padding: Annotated[bool, Doc("Whether encoding ends with =.")] = True
    strict: Annotated[bool, Doc("Refuse white space and missing padding when decoding.")] = True
    line_length: Annotated[
        int | None, Doc("Break the encoded text after this many characters.", minimum=4, maximum=10_000)
    ] = None
    output: Annotated[
        Literal["text", "base64", "hex"],
        Doc("Decoded bytes as UTF-8 text, or as base64 or hex when they are not text."),
    ] = "text"


class Base64Encoder:
    """Encode or decode.

    Result: `text` (the outcome), `operation`, `encoding`, `size` (bytes before encoding or after decoding).
    """

    examples = (
        Example("encode", {"input": "Hello, World!"}, {"text": "SGVsbG8sIFdvcmxkIQ==", "size": 13}),
        Example("decode", {"operation": "decode", "input": "SGVsbG8sIFdvcmxkIQ=="}, {"text": "Hello, World!"}),
        Example("for a URL", {"input": "a b&c=ü", "encoding": "url"}, {"text": "a%20b%26c%3D%C3%BC"}),
        Example(
            "a token without padding",
            {"operation": "decode", "input": "eyJhbGciOiJub25lIn0", "encoding": "base64url", "strict": False},
            {"text": '{"alg":"none"}'},
        ),
        Example("bytes", {"operation": "decode", "input": "/wA=", "output": "hex"}, {"text": "ff00", "size": 2}),
    )

    async def run(self, args: EncodeArgs, ctx: Context) -> dict[str, Any]:  # noqa: ARG002 - it needs nothing else
        """Return the text. Raises `ValidationError` for input that is not of the encoding, or not UTF-8."""
        name = _ALIASES.get(args.encoding, args.encoding)
        if (args.input is None) == (args.data is None):
            message = "give either input or data"
            raise ValidationError(message, context={"faults": [{"path": "input", "message": message}]})
        if args.operation == "encode":
            data = args.data if args.data is not None else (args.input or "").encode()
            text = encode(name, data, padding=args.padding)
            if args.line_length is not None:
                text = "\n".join(text[i : i + args.line_length] for i in range(0, len(text), args.line_length))
        else:
            source = args.input if args.input is not None else CODECS[name].text(args.data or b"")
            data = decode(name, source, strict=args.strict)
            text = CODECS[name].text(data) if args.output == "text" else encode(args.output, data)
        return {"text": text, "operation": args.operation, "encoding": name, "size": len(data)}
