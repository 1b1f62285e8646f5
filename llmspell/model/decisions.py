"""Decisions about tool calls as people write them: words, or tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from llmspell.model.approval import Decision

KEYS = ("decision", "arguments", "reason", "always")
WORDS: Mapping[object, str] = {"approve": "approve", "reject": "reject", True: "approve", False: "reject"}
SCOPES: Mapping[object, str] = {"run": "run", "agent": "agent", True: "run"}


def decided(decisions: Mapping[str, object]) -> dict[str, Decision]:
    """Read decisions by call; raises `ValidationError` for the first that is none."""
    return {id_: _decision(id_, one) for id_, one in decisions.items()}


def _decision(id_: str, given: object) -> Decision:
    from llmspell.model.approval import Decision  # noqa: PLC0415 - attrs is not needed where nothing was decided

    table: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    if not isinstance(given, Mapping):
        table = {"decision": given}
    arguments, always = table.get("arguments"), table.get("always")
    implied = "approve" if arguments is not None else "reject" if "reason" in table else None
    word = table.get("decision", implied)
    verdict = WORDS.get(word) if isinstance(word, (str, bool)) else None
    fits = (arguments is None or isinstance(arguments, Mapping)) and isinstance(table.get("reason", ""), str)
    if verdict is None or not fits or (always and always not in SCOPES) or set(table) - set(KEYS):
        raise _no_decision(id_, given)
    if verdict == "reject" and arguments is not None:
        raise _no_decision(id_, given)
    return Decision(
        verdict=cast("Any", verdict),
        arguments=arguments,
        reason=table.get("reason", ""),
        always=cast("Any", SCOPES[always] if always else None),
    )


def _no_decision(id_: str, given: object) -> ValidationError:
    message = f"the decision about {id_!r} is {given!r:.100}"
    suggestions = [
        "write 'approve' or 'reject'",
        "write {reason = ...} to reject and say why, {arguments = {...}} to approve with other arguments",
        "write always = 'run' or 'agent' beside it to settle later calls of the tool alike",
    ]
    return ValidationError(message, suggestions=suggestions, context={"id": id_})
