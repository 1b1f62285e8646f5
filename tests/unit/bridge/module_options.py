"""Options of a plugin, in a module of their own, with a name for a type that the kernel gives to something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from llmspell.spec import Options
from llmspell.spec.script_modules import Duration

if TYPE_CHECKING:
    from llmspell.spec.script_modules import Size

Strategy = Literal["loud", "soft"]


class Tune(Options):
    """How a song is sung."""

    positional = "times"

    times: Annotated[int, "how often"] = 1
    pause: Annotated[Duration, "between songs"] = Duration(0.0)
    way: Annotated[Strategy, "how loud"] = "soft"
    room: Annotated[Size | None, "a name that only the kernel knows here"] = None
