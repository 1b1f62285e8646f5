"""Places: whose memory a text is in, and who may look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from llmspell.errors import SessionError, ValidationError

if TYPE_CHECKING:
    from llmspell.spec import Context

Namespace = Literal["spell", "agent", "session", "shared"]


def place_of(ctx: Context, namespace: Namespace | None, agent: str | None) -> str:
    """Give the first part of the keys of a memory.

        shared   spell/<spell>   agent/<spell>/<agent>   session/<id>

    Rights name it: `state.write=memory:memory/shared/*`. Raises `ValidationError` for an agent without a name,
    `SessionError` in a run without a session.
    """
    chosen = namespace or ("spell" if agent is None else "agent")
    if (chosen == "agent") != (agent is not None):
        message = "the memory of an agent needs its name" if agent is None else f"a memory of the {chosen} has no agent"
        raise ValidationError(message, suggestions=['write agent = "NAME"', "leave namespace out"])
    if chosen == "shared":
        return "shared"
    if chosen == "session":
        if not ctx.session:
            raise SessionError(
                "this run belongs to no session, so there is no memory of one",
                suggestions=["run it with --session ID", "use the namespace spell or shared"],
            )
        return f"session/{_written(ctx.session)}"
    spell = _written(_spell(ctx))
    return f"spell/{spell}" if agent is None else f"agent/{spell}/{_written(agent)}"


def check(ctx: Context, right: Literal["state.read", "state.write"], place: str, key: str | None = None) -> None:
    """Raise `PermissionDeniedError` unless the script has a right to a text, or to all that there may be.

    The storage checks each write once more, on the key that is written.
    """
    target = "*" if key is None else f"={key}"
    ctx.scope.grants.require(right, f"memory:memory/{place}/{target}", who="Memory")


def _spell(ctx: Context) -> str:
    scope = ctx.scope
    while scope.kind != "run" and scope.parent is not None:
        scope = scope.parent
    return scope.name


def _written(name: str) -> str:
    if not name:
        raise ValidationError("a name has at least one character")
    return quote(name, safe="")
