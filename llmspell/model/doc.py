"""Text and limits of one parameter."""

from __future__ import annotations

from typing import NamedTuple


class Doc(NamedTuple):
    """Describe a parameter.

    `Annotated[int, Doc("Digits to show.", minimum=1)]` puts text and limits into the JSON Schema.
    """

    text: str
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    examples: tuple[object, ...] = ()
