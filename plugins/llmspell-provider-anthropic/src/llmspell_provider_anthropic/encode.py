"""From a request to the body of `POST /v1/messages` (https://platform.claude.com/docs/en/api/messages)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import BadRequestError
from llmspell_provider_anthropic.blocks import blocks_of
from llmspell_provider_anthropic.models import WHOLE_LIMIT, default_max_tokens
from llmspell_provider_anthropic.structured import by_schema

if TYPE_CHECKING:
    from llmspell.model.llm import LlmRequest
    from llmspell_provider_anthropic.section import AnthropicSection

Json = dict[str, Any]
_CACHEABLE = frozenset({"text", "image", "document", "tool_use", "tool_result"})
_COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "mcp_servers")


class Encoded(NamedTuple):
    """A body, the betas it needs, and the tool whose call is the answer (None where the answer is text)."""

    body: Json
    betas: tuple[str, ...]
    answer_tool: str | None

    @property
    def streams(self) -> bool:
        """Tell whether the answer may be too long to wait for in one piece."""
        limit = self.body["max_tokens"]
        return not isinstance(limit, int) or limit > WHOLE_LIMIT

    @property
    def counted(self) -> Json:
        """Give what `POST /v1/messages/count_tokens` takes of the body."""
        return {name: self.body[name] for name in _COUNTED if name in self.body}


def encode_request(request: LlmRequest, section: AnthropicSection) -> Encoded:
    """Give the body. Raises `BadRequestError` for content and settings that this API has no form for.

    `extra` goes into the body as it is, but for its `tools` (of the service), which join the others, and `betas`.
    """
    if request.seed is not None:
        raise BadRequestError("this API has no seed", suggestions=["leave out seed, or choose another provider"])
    extra = dict(request.extra)
    betas, tools = _names(extra.pop("betas", ())), extra.pop("tools", ())
    model = request.model or section.model or ""
    system, messages = _conversation(request)
    body: Json = {"model": model, "max_tokens": _limit(request, section, model, extra), "messages": messages}
    if system:
        body["system"] = system
    offered = [{"name": t.name, "description": t.description, "input_schema": dict(t.schema)} for t in request.tools]
    offered += tools if isinstance(tools, list | tuple) else ()
    if offered:
        body["tools"] = offered
        if request.tool_choice != "auto":
            body["tool_choice"] = _tool_choice(request.tool_choice, extra)
    temperature = section.temperature if request.temperature is None else request.temperature
    settings = {"temperature": temperature, "top_p": request.top_p, "stop_sequences": list(request.stop) or None}
    body.update((name, value) for name, value in settings.items() if value is not None)
    body.update(extra)
    answer_tool = None if request.response_schema is None else by_schema(body, request.response_schema, section)
    if section.prompt_cache != "off":
        _let_cache(body, section.prompt_cache)
    return Encoded(body, betas, answer_tool)


def _conversation(request: LlmRequest) -> tuple[str, list[Json]]:
    """Give the instructions, which stand outside the messages here, and turns that alternate."""
    instructions = [request.system] if request.system else []
    messages: list[Json] = []
    for message in request.messages:
        if message.role == "system":
            instructions.append(message.text)
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = blocks_of(message)
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks  # results of parallel calls must stand in one message
        elif blocks:
            messages.append({"role": role, "content": blocks})
    for message_ in messages:
        content = message_["content"]
        if len(content) == 1 and content[0].keys() == {"type", "text"} and content[0]["type"] == "text":
            message_["content"] = content[0]["text"]
    return "\n\n".join(filter(None, instructions)), messages


def _limit(request: LlmRequest, section: AnthropicSection, model: str, extra: Json) -> int:
    """Give the limit on the answer, which counts its reasoning: by default that comes on top."""
    limit = request.max_tokens or section.max_tokens
    if limit is not None:
        return limit
    thinking = extra.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    return default_max_tokens(model) + (budget if isinstance(budget, int) else 0)


def _tool_choice(choice: str, extra: Json) -> Json:
    thinking = extra.get("thinking")
    if choice != "none" and isinstance(thinking, dict) and thinking.get("type") != "disabled":
        return {"type": "auto"}  # a model that thinks cannot be forced
    return {"none": {"type": "none"}, "required": {"type": "any"}}.get(choice, {"type": "tool", "name": choice})


def _names(betas: object) -> tuple[str, ...]:
    return (betas,) if isinstance(betas, str) else tuple(map(str, betas)) if isinstance(betas, list | tuple) else ()


def _let_cache(body: Json, lifetime: str) -> None:
    """Mark the ends of what will be asked again: the instructions (else the tools), and the conversation."""
    mark = {"type": "ephemeral"} if lifetime == "5m" else {"type": "ephemeral", "ttl": lifetime}
    system, tools, messages = body.get("system"), body.get("tools"), body["messages"]
    if isinstance(system, str):
        body["system"] = [{"type": "text", "text": system, "cache_control": mark}]
    elif tools and not system:
        body["tools"] = [*tools[:-1], {**tools[-1], "cache_control": mark}]
    if not messages:
        return
    content = messages[-1]["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if blocks and blocks[-1].get("type") in _CACHEABLE:
        messages[-1] = {**messages[-1], "content": [*blocks[:-1], {**blocks[-1], "cache_control": mark}]}
