"""Digests of texts, bytes and files, with keys where wanted, and their verification."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.codecs import encode
from llmspell_tools_utilities.digests import ALGORITHMS, WEAK, new_digest

if TYPE_CHECKING:
    from llmspell.spec.context import Context
    from llmspell_tools_utilities.digests import Digest

_CHUNK = 1 << 20


@frozen(kw_only=True)
class HashArgs:
    """What to hash and how."""

    text: Annotated[str | None, Doc("Text to hash, as UTF-8. Give text, data or path.")] = None
    data: Annotated[bytes | None, Doc("Bytes to hash, in base64.")] = None
    path: Annotated[str | None, Doc("File to hash; needs the right fs.read.")] = None
    algorithm: Annotated[str, Doc("One of " + ", ".join(ALGORITHMS) + ". Default: sha256.", max_length=20)] = "sha256"
    key: Annotated[
        str | None, Doc("Key: HMAC with most algorithms, the built-in key with blake2b, blake2s and blake3.")
    ] = None
    size: Annotated[
        int | None,
        Doc("Bytes of the digest: blake2b, blake2s, blake3, shake128, shake256.", minimum=1, maximum=1024),
    ] = None
    encoding: Annotated[Literal["hex", "base64", "base64url"], Doc("How the digest is written.")] = "hex"
    expected: Annotated[str | None, Doc("Digest to verify, in the same encoding; the result then says `matches`.")] = (
        None
    )


class HashCalculator:
    """Calculate or verify a digest.

    Result: `digest` (and `text`, the same), `algorithm`, `encoding`, `size` (bytes hashed), `keyed`, `secure` (false
    for md5, sha1 and checksums, which anybody can forge), `matches` when `expected` was given (in constant time).
    """

    examples = (
        Example(
            "sha256 of a text",
            {"text": "hello"},
            {"digest": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "secure": True},
        ),
        Example(
            "md5",
            {"text": "hello", "algorithm": "MD5"},
            {"digest": "5d41402abc4b2a76b9719d911017c592", "secure": False},
        ),
        Example(
            "blake2b of 16 bytes",
            {"text": "hello", "algorithm": "blake2b", "size": 16},
            {"digest": "46fb7408d4f285228f4af516ea25851b"},
        ),
        Example(
            "sha256 of a file",
            {"path": "hello.txt"},
            {"digest": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "secure": True},
            files={"hello.txt": "hello"},
            grants=("fs.read=.",),
        ),
        Example(
            "verify an HMAC",
            {
                "text": "what do ya want for nothing?",
                "key": "Jefe",
                "expected": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            },
            {"matches": True, "keyed": True},
        ),
    )

    async def run(self, args: HashArgs, ctx: Context) -> dict[str, Any]:
        """Return the digest. Raises `ValidationError` for the arguments, what the file port raises for the file."""
        given = [name for name in ("text", "data", "path") if getattr(args, name) is not None]
        if len(given) != 1:
            message = f"give one of text, data or path, not {' and '.join(given) or 'none'}"
            raise ValidationError(message, context={"faults": [{"path": "", "message": message}]})
        name = args.algorithm.lower().replace("-", "").replace("_", "")
        digest = new_digest(name, None if args.key is None else args.key.encode(), args.size)
        size = await _feed(digest, args, ctx)
        text = encode(args.encoding, digest.digest(), padding=args.encoding != "base64url")
        result = {
            "digest": text,
            "text": text,
            "algorithm": name,
            "encoding": args.encoding,
            "size": size,
            "keyed": args.key is not None,
            "secure": name not in WEAK,
        }
        if args.expected is not None:
            wanted = args.expected.strip()
            wanted = wanted.lower() if args.encoding == "hex" else wanted
            result["matches"] = hmac.compare_digest(wanted.rstrip("=").encode(), text.rstrip("=").encode())
        return result


async def _feed(digest: Digest, args: HashArgs, ctx: Context) -> int:
    """Feed the input to the digest, a file in chunks, and give its size in bytes."""
    if args.path is None:
        data = args.data if args.data is not None else (args.text or "").encode()
        digest.update(data)
        return len(data)
    total = (await ctx.fs.stat(args.path)).size
    done = 0
    async with ctx.fs.open(args.path) as file:
        while chunk := await file.read(_CHUNK):
            await ctx.blocking(digest.update, chunk)
            done += len(chunk)
            ctx.progress(done, total, args.path)
    return done
