"""Images, audio and files that scripts send with a message: paths, addresses, data URLs or bytes."""

from __future__ import annotations

import base64
import binascii
import functools
import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from llmspell.bridge.definition import Options
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.model.llm import Media
    from llmspell.runtime.context import CallContext

    Kind = Literal["image", "audio", "file"]

LARGEST = 50_000_000
"""Bytes of one medium: services take less."""

TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".svg": "image/svg+xml", ".heic": "image/heic",
    ".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".flac": "audio/flac", ".m4a": "audio/mp4",
    ".aac": "audio/aac", ".opus": "audio/opus", ".webm": "audio/webm", ".pdf": "application/pdf",
    ".txt": "text/plain", ".md": "text/markdown", ".csv": "text/csv", ".html": "text/html", ".xml": "text/xml",
    ".json": "application/json", ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # fmt: skip
"""Ending of a name -> media type (the registry of IANA)."""

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"), (8, b"WAVE", "audio/wav"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"), (0, b"fLaC", "audio/flac"), (0, b"%PDF-", "application/pdf"),
)  # fmt: skip
"""Where bytes stand that tell a type, and which."""

UNKNOWN = "application/octet-stream"


class MediaOptions(Options):
    """An image, a piece of audio or a file: one of `path`, `url` and `data`."""

    path: Annotated[str | None, "a file; `fs.read` must be granted for it"] = None
    url: Annotated[
        str | None, "an address that the service fetches, with `net.connect` granted for its host, or a data URL"
    ] = None
    data: Annotated[bytes | str | None, "the bytes themselves, or text"] = None
    media_type: Annotated[str | None, "for example `image/png`; else told by the name's ending, or by the bytes"] = None
    name: Annotated[str | None, "name of a file, as the model is told"] = None


class MediaGiven(Options):
    """What a message brings along."""

    images: Annotated[
        list[str | bytes | MediaOptions] | str | bytes | MediaOptions | None, "paths, addresses, data URLs or bytes"
    ] = None
    audio: Annotated[list[str | bytes | MediaOptions] | str | bytes | MediaOptions | None, "likewise"] = None
    files: Annotated[list[str | bytes | MediaOptions] | str | bytes | MediaOptions | None, "likewise"] = None


class _Source(NamedTuple):
    """Where a medium comes from, with faults named by `where`."""

    kind: Kind
    where: str
    about: MediaOptions


async def media(ctx: CallContext, given: MediaGiven) -> tuple[Media, ...]:
    """Give the media of a message, images first; files are read with the rights of the script.

    Raises `ValidationError`, `PermissionDeniedError`, and what else reading a file raises.
    """
    found = []
    for key, kind in (("images", "image"), ("audio", "audio"), ("files", "file")):
        listed = getattr(given, key)
        for number, one in enumerate(listed if isinstance(listed, list) else [listed], 1):
            if one is not None:
                where = f"{key}[{number}]" if isinstance(listed, list) else key
                found.append(await _medium(ctx, _Source(kind, where, _about(one))))  # type: ignore[arg-type]  # a kind
    if any(one.url is not None or one.data is not None for one in found):
        ctx.label("untrusted")
    return tuple(found)


def _about(one: str | bytes | MediaOptions) -> MediaOptions:
    if isinstance(one, MediaOptions):
        return one
    if isinstance(one, bytes):
        return MediaOptions(data=one)
    return MediaOptions(url=one) if one.startswith(("data:", "http://", "https://")) else MediaOptions(path=one)


async def _medium(ctx: CallContext, source: _Source) -> Media:
    from llmspell.model.llm import Media  # noqa: PLC0415 - the agent exists, so attrs is here already

    about = source.about
    if sum(one is not None for one in (about.path, about.url, about.data)) != 1:
        raise _wrong(source, "needs one of `path`, `url` and `data`")
    name, data, url, told = about.name, None, None, about.media_type
    if about.path is not None:
        name = name or posixpath.basename(about.path)
        data = await ctx.once("media", functools.partial(ctx.fs.read, about.path, limit=LARGEST))
    elif about.data is not None:
        data = about.data.encode() if isinstance(about.data, str) else about.data
    elif about.url is not None and about.url.startswith("data:"):
        data, written = _of_data_url(source, about.url)
        told = told or written
    else:
        url = about.url
        named = await _address(ctx, source, url or "")
        name = name or named
    media_type = told or _type_of(source, name, data)
    if source.kind != "file" and not media_type.startswith(f"{source.kind}/"):
        raise _wrong(source, f"is {media_type}, not {'an image' if source.kind == 'image' else 'audio'}")
    return Media(kind=source.kind, media_type=media_type, data=data, url=url, name=name)


async def _address(ctx: CallContext, source: _Source, url: str) -> str | None:
    """Check that the spell may connect to where a service shall fetch something; give the name in the address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        host = port = None
    if not host or port is None:
        raise _wrong(source, f"is no address of the web: {url[:80]!r}")
    await ctx.grants.required("net.connect", f"{host}:{port}", who=ctx.who)  # else an address could carry data out
    return posixpath.basename(parts.path) or None


def _type_of(source: _Source, name: str | None, data: bytes | None) -> str:
    """Tell the type by the bytes, else by the name; only a file may be of a type that nobody knows."""
    for at, signature, known in SIGNATURES:
        if data is not None and data[at : at + len(signature)] == signature:
            return known
    found = TYPES.get(posixpath.splitext(name or "")[1].lower())
    if found is None and source.kind != "file":
        raise _wrong(source, "is of a type that neither its name nor its bytes tell", "give it a `media_type`")
    return found or UNKNOWN


def _of_data_url(source: _Source, url: str) -> tuple[bytes, str | None]:
    """Take a data URL apart (RFC 2397)."""
    head, comma, body = url.removeprefix("data:").partition(",")
    media_type, *parameters = head.split(";")
    if not comma:
        raise _wrong(source, "is a data URL without a comma")
    data = unquote_to_bytes(body)
    if "base64" in parameters:
        try:
            data = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise _wrong(source, f"is a data URL whose base64 is damaged: {error}") from error
    if len(data) > LARGEST:
        raise _wrong(source, f"has more than {LARGEST} bytes")
    return data, media_type or None


def _wrong(source: _Source, what: str, advice: str = "") -> ValidationError:
    return ValidationError(
        f"{source.where} {what}",
        suggestions=[advice]
        if advice
        else ["write a path, an address, a data URL, or `{data = ..., media_type = ...}`"],
    )
