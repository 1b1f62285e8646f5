"""What a script says, short enough to be kept: enough to see that it says the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import NonDeterminismError
from llmspell.runtime.journal.differences import EDITED
from llmspell.runtime.journal.texts import digest

if TYPE_CHECKING:
    from llmspell.spec.wire import Message


POST = "post"


class Said(NamedTuple):
    """One message of a script: a call, the return of a function, a call given up, or a post.

    digest   of arguments, or of the value or error returned; empty for posts and for calls given up
    at       the line of the script, as `file:line`
    """

    kind: str
    id: int | None = None
    op: str = ""
    digest: str = ""
    at: str = ""


def told(message: Message) -> Said | None:
    """Give what is kept of a message; None for what says nothing about the script: credits and releases."""
    match message["t"]:
        case "call":
            at = str(message.get("at") or "")
            return Said("call", message["id"], message["op"], digest(message.get("args") or []), at)
        case "return" if message.get("ok"):
            return Said("return", message["id"], "", digest(message.get("value")))
        case "return":
            error = message.get("error")
            about = [error.get("type"), error.get("message")] if isinstance(error, dict) else error
            return Said("return", message["id"], "error", digest(about))
        case "cancel":
            return Said("cancel", message["id"])
        case "post":
            return Said(POST, None, message["op"])
    return None


def contradiction(expected: Said, said: Said, message: Message) -> NonDeterminismError | None:
    """Give the error for a message that is not the recorded one."""
    if expected[:4] == said[:4]:
        return None
    where = said.at or expected.at
    text = f"the spell does not say what it said before: {_named(said)}, recorded was {_named(expected)}"
    about: dict[str, object] = {"recorded": expected._asdict(), "said": said._asdict()}
    if "args" in message:
        about["arguments"] = message["args"]
    error = NonDeterminismError(text, suggestions=EDITED, context=about)
    error.where = where or None
    return error


def _named(said: Said) -> str:
    what = {"call": f"call {said.id} of {said.op}", "post": f"a post of {said.op}"}.get(
        said.kind, f"{said.kind} {said.id}"
    )
    where = f" at {said.at}" if said.at else ""
    return f"{what}{where}" + (f" (digest {said.digest[:12]})" if said.digest else "")
