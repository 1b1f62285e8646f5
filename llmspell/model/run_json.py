"""A run's state as versioned JSON data, and back.

Reading checks every type and names what does not fit; nothing is looked up or imported by what the data say.
"""

from __future__ import annotations

from typing import Any

import msgspec

from llmspell.errors import ConversionError, RunStateError
from llmspell.model.agent import AgentInput, ToolRecord
from llmspell.model.approval import Decision, Pending
from llmspell.model.llm import Usage
from llmspell.model.message_json import message_from_json, message_to_json
from llmspell.model.run_state import WITHIN, Phase, RunState
from llmspell.model.spent import Spent

FORMAT = 1
"""Version of the data; a change that an older reader would misread counts it up and brings a migration."""


def to_json(state: RunState) -> dict[str, object]:
    """Write a state as JSON data; a tool's result that JSON does not know is written as the model was told it."""
    return {
        "format": FORMAT,
        "agent": state.agent,
        "phase": state.phase,
        "input": {
            "message": message_to_json(state.input.message),
            "history": [message_to_json(one) for one in state.input.history],
            "context": _plain(state.input.context),
        },
        "messages": [message_to_json(one) for one in state.messages],
        "offered": list(state.offered),
        "records": _plain(state.records),
        "usage": _plain(state.usage),
        "nested": _plain(state.nested),
        "turns": state.turns,
        "pending": [_brief(one) for one in state.pending],
        "decisions": {id_: _brief(one) for id_, one in state.decisions.items()},
        "always": {tool: _brief(one) for tool, one in state.always.items()},
        "expires": state.expires,
        "recoveries": _plain(state.recoveries),
        "data": _plain(state.data),
    }


def from_json(data: object) -> RunState:
    """Read a state; raises `RunStateError` that names the first thing that does not fit."""
    if not isinstance(data, dict) or "format" not in data:
        message = "this is not the state of a paused run: it has no `format`"
        raise RunStateError(message, suggestions=["pass `state` of a result whose `status` is 'paused'"])
    if data["format"] != FORMAT:
        message = f"the state of a run has format {data['format']!r}, this version reads {FORMAT}"
        raise RunStateError(message, suggestions=["resume it with the version of llmspell that paused it"])
    try:
        given = msgspec.convert(data["input"], dict[str, Any])
        state = RunState(
            agent=msgspec.convert(data["agent"], str),
            input=AgentInput(
                message=message_from_json(given["message"]),
                history=tuple(message_from_json(one) for one in given["history"]),
                context=msgspec.convert(given["context"], dict[str, Any]),
            ),
            phase=msgspec.convert(data["phase"], Phase),
            messages=[message_from_json(one) for one in data["messages"]],
            offered=msgspec.convert(data["offered"], tuple[str, ...]),
            records=msgspec.convert(data["records"], list[ToolRecord]),
            usage=msgspec.convert(data["usage"], Usage),
            nested=msgspec.convert(data["nested"], tuple[Spent, ...]),
            turns=msgspec.convert(data["turns"], int),
            pending=msgspec.convert(data["pending"], tuple[Pending, ...]),
            decisions=msgspec.convert(data["decisions"], dict[str, Decision]),
            always=msgspec.convert(data["always"], dict[str, Decision]),
            expires=msgspec.convert(data["expires"], float | None),
            recoveries=msgspec.convert(data["recoveries"], list[dict[str, Any]]),
            data=msgspec.convert(data["data"], dict[str, Any]),
        )
    except KeyError as error:
        raise RunStateError(f"the state of a run lacks {error}") from error
    except ConversionError as error:
        raise RunStateError(f"the state of a run is damaged: {error.message}") from error
    except (msgspec.ValidationError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise RunStateError(f"the state of a run is damaged: {error}") from error
    _check(state)
    return state


def _check(state: RunState) -> None:
    """Refuse a state that no run can have; what waits for a person must be a call that the model made."""
    if state.phase == "tools" and not (state.messages and state.messages[-1].tool_calls):
        raise RunStateError("the state of a run is damaged: it waits for tool calls, but nobody made any")
    calls = {(call.id, call.name): call.arguments for call in state.open_calls()}
    within = state.data.get(WITHIN)
    for one in state.pending:
        known = isinstance(within, dict) and one.id.partition("/")[0] in within
        if not known if one.agent else calls.get((one.id, one.tool)) != one.arguments:
            raise RunStateError(f"the state of a run is damaged: nobody made the call {one.id!r} that waits")


def _brief(one: Pending | Decision) -> dict[str, Any]:
    """Write what waits, or was decided, as the first readers of this format know it unless bytes were approved."""
    data: dict[str, Any] = msgspec.to_builtins(one, enc_hook=str, str_keys=True)
    if not one.digest:
        del data["digest"]
    return data


def _plain(value: object) -> object:
    return msgspec.to_builtins(value, enc_hook=str, str_keys=True)
