"""Shapes: results, messages and streamed parts as the tables that scripts see. Settled once, for all languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.agent import AgentResult, ToolRecord
    from llmspell.model.approval import Pending
    from llmspell.model.embedding import Embeddings, ModelInfo
    from llmspell.model.llm import Media, Message, Usage
    from llmspell.model.run_state import Step
    from llmspell.model.spent import Spent
    from llmspell.spec.tools import ToolOutput

Table = dict[str, Any]


def usage(counts: Usage) -> Table:
    """Write token counts; `cost` is in US dollars and absent when unknown."""
    return {
        "requests": counts.requests,
        "input_tokens": counts.input_tokens,
        "output_tokens": counts.output_tokens,
        "cached_tokens": counts.cached_tokens,
        "reasoning_tokens": counts.reasoning_tokens,
        "total_tokens": counts.total_tokens,
        "cost": counts.cost,
    }


def spent(one: Spent) -> Table:
    """Write what an agent took: `own` requests, those of the agents it ran as `nested`, `usage` and `cost` of all."""
    whole = one.usage
    return {
        "agent": one.agent,
        "usage": usage(whole),
        "cost": whole.money,
        "own": usage(one.own),
        "nested": [spent(inner) for inner in one.nested],
    }


def embeddings(result: Embeddings) -> Table:
    """Write the vectors of texts; `dimensions` is how long they are."""
    vectors = [list(vector) for vector in result.vectors]
    return {
        "vectors": vectors,
        "model": result.model,
        "dimensions": len(vectors[0]) if vectors else 0,
        "usage": usage(result.usage),
    }


def model_info(one: ModelInfo, provider: object) -> Table:
    """Write a model of a provider; what it does not tell is absent."""
    table: Table = {"name": one.name, "provider": provider, "data": dict(one.data)}
    if one.capabilities:
        table["capabilities"] = list(one.capabilities)
    return table if one.context is None else {**table, "context": one.context}


def message(one: Message) -> Table:
    """Write a message: its role, its text as `content`, and what else is in it: reasoning, media, tool calls, results.

    Media are told without their data; `automatic` is what no user said, but a rule of the run.
    """
    from llmspell.model.llm import ToolResult  # noqa: PLC0415 - attrs is not needed by a script without models

    table: Table = {"role": one.role, "content": one.text}
    if one.automatic:
        table["automatic"] = True
    if one.reasoning:
        table["reasoning"] = one.reasoning
    if one.media:
        table["media"] = [medium(part, data=False) for part in one.media]
    if one.tool_calls:
        table["tool_calls"] = [{"id": c.id, "name": c.name, "arguments": dict(c.arguments)} for c in one.tool_calls]
    results = [part for part in one.parts if isinstance(part, ToolResult)]
    if results:
        table["results"] = [{"id": r.id, "name": r.name, "content": r.content, "outcome": r.outcome} for r in results]
    return table


def medium(one: Media, *, data: bool = True) -> Table:
    """Write an image, a piece of audio or a file; `data` are its bytes, `size` is their number."""
    table: Table = {"type": one.kind, "media_type": one.media_type}
    given = {"name": one.name, "url": one.url, "size": None if one.data is None else len(one.data)}
    table |= {key: value for key, value in given.items() if value is not None}
    return {**table, "data": one.data} if data and one.data is not None else table


def tool_record(record: ToolRecord) -> Table:
    """Write one tool call of an agent and its one outcome: done, failed, refused or not_run."""
    return {
        "id": record.call.id,
        "name": record.call.name,
        "arguments": dict(record.call.arguments),
        "outcome": record.outcome,
        "result": record.result,
        "error": record.error,
        "seconds": record.seconds,
    }


def agent_result(result: AgentResult) -> Table:
    """Write what an agent run ended with; `output` and `data` are the structured result, else the text.

    `usage` and `cost` are those of the run and of the agents it ran, which `nested` tells apart.
    """
    data = result.content if result.data is None and "output_mode" not in result.metadata else result.data
    return {
        "success": True,
        "content": result.content,
        "output": data,
        "data": data,
        "usage": usage(result.usage),
        "cost": result.usage.money,
        "nested": [spent(one) for one in result.nested],
        "tool_calls": [tool_record(record) for record in result.tool_calls],
        "metadata": {
            "finish_reason": result.finish_reason,
            **result.metadata,
            **recovered(result.metadata.get("recoveries")),
        },
        "state_updates": {},
        "status": result.status,
        **({"reasoning": result.reasoning} if result.reasoning else {}),
        **({"media": [medium(one) for one in result.media]} if result.media else {}),
        **({} if result.state is None else paused(result.state, result.pending)),
    }


def paused(state: Mapping[str, object], pending: Sequence[Pending]) -> Table:
    """Write what a run waits for; its state is text, for no language has to know what empty lists and maps are."""
    import json  # noqa: PLC0415 - few runs wait

    waiting = [
        {
            "id": one.id,
            "tool": one.tool,
            "arguments": dict(one.arguments),
            "why": one.why,
            **({"agent": one.agent} if one.agent else {}),
            **({"digest": one.digest} if one.digest else {}),
        }
        for one in pending
    ]
    return {"pending": waiting, "state": json.dumps(state, ensure_ascii=False)}


def step(one: Step, state: Mapping[str, object]) -> Table:
    """Write one step of a run: what was done, what comes next, and all that it takes to go on from here."""
    import json  # noqa: PLC0415 - few runs are taken in steps

    calls = one.message.tool_calls
    return {
        "type": "step",
        "agent": one.state.agent,
        "kind": one.kind,
        "turn": one.turn,
        "next": "paused" if one.state.pending else one.state.phase,
        "content": one.message.text,
        "tool_calls": [tool_record(record) for record in one.records]
        or [{"id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in calls],
        "state": json.dumps(state, ensure_ascii=False),
    }


def tool_output(output: ToolOutput) -> Table:
    """Write what a tool returned; keys of a result that is a map can be read on top where they do not collide."""
    table: Table = {
        "success": True,
        "result": output.result,
        "artifacts": [dict(artifact) for artifact in output.artifacts],
        "metadata": {**output.metadata, **recovered(output.metadata.get("recoveries"))},
    }
    return {**output.result, **table} if isinstance(output.result, Mapping) else table


def recovered(notes: object) -> Table:
    """Write what recoveries took place before a result came, and by which one it came in the end."""
    if not isinstance(notes, (list, tuple)) or not notes:
        return {}
    return {"recoveries": [dict(note) for note in notes], "recovered_by": notes[-1]["action"]}


def failure(error: Table) -> Table:
    """Write a failure for a caller that asked for `on_error = "return"`."""
    return {"success": False, "error": error}


_PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "TextDelta": ("text", {"text": "text"}),
    "ReasoningDelta": ("reasoning", {"text": "text"}),
    "ToolCallStart": ("tool_call_start", {"index": "index", "id": "id", "name": "name"}),
    "ToolCallDelta": ("tool_call_delta", {"index": "index", "text": "text"}),
    "ToolCallEnd": ("tool_call_end", {"index": "index"}),
    "Finish": ("finish", {"reason": "reason", "model": "model"}),
    "Reset": ("reset", {"attempt": "attempt"}),
    "HandedOver": ("handoff", {"from": "source", "to": "target", "reason": "reason"}),
    "UnknownPart": ("unknown", {"name": "type", "data": "data"}),
    "Partial": ("partial", {"data": "data"}),
}
"""Parts that are told field by field: class name, the `type` that scripts see, and key -> attribute."""


def part(one: Any) -> Table:  # noqa: PLR0911 - a table of cases
    """Write one part of a streamed answer; `type` tells what it is, the last one is `done` with the whole result."""
    kind = type(one).__name__
    if kind in _PARTS:
        name, fields = _PARTS[kind]
        return {"type": name, **{key: getattr(one, attribute) for key, attribute in fields.items()}}
    if kind == "RunDone":
        return {"type": "done", **agent_result(one.result)}
    if kind == "ToolRecord":
        return {"type": "tool_result", **tool_record(one)}
    if kind == "UsagePart":
        return {"type": "usage", "usage": usage(one.usage)}
    if kind == "Done":
        completion = one.completion
        return {"type": "answer", "content": completion.message.text, "finish_reason": completion.finish_reason}
    if kind == "AgentPart":
        return {"type": "agent", "agent": one.agent, "part": part(one.part)}
    if kind == "MediaPart":
        media = one.media
        return {"type": media.kind, "media_type": media.media_type, "data": media.data, "url": media.url}
    if isinstance(one, Mapping):  # a part of a tool's own making
        return {"type": "tool_part", "part": dict(one)}
    return {"type": "unknown", "name": kind}
