"""What both APIs write alike: media as data URLs, the name and strictness of a schema."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadRequestError
from llmspell_provider_openai.strict import strict_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.llm import Media

Json = dict[str, Any]
REASONING_MODEL = re.compile(r"(o\d|gpt-5)")
"""The models that think before they answer, by the beginning of their name."""


def data_url(media: Media) -> str:
    """Give the bytes of a medium as an address."""
    return f"data:{media.media_type};base64,{base64.b64encode(media.data or b'').decode()}"


def file_data(media: Media) -> Json:
    """Give name and bytes of a file. Raises `BadRequestError` for one that is only an address."""
    if media.data is None:
        raise BadRequestError(f"a file must be sent as data, not as the address {media.url}")
    return {"filename": media.name or "file", "file_data": data_url(media)}


def named_schema(schema: Mapping[str, object]) -> Json:
    """Give a schema of answers with a name, in the form of strict mode where it has one."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", str(schema.get("title") or "answer"))[:64]
    strict = strict_form(schema)
    return {"name": name, "schema": dict(schema) if strict is None else strict, "strict": strict is not None}
