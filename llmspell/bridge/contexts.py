"""Hook contexts: operations as the tables that a script's hooks see and give back.

Every context has `point, operation, subject, run_id, metadata` and, inside an agent, `agent = {name}`; an agent's own
run tells its `id` and `tools` there, too. Each operation adds its own fields, of which the ones listed in `writable`
may be changed. After the operation there are `output`, `success` and `timing = {duration}` (seconds); on an error
`error`, `success` and `timing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge import shapes
from llmspell.errors import ConversionError

if TYPE_CHECKING:
    from llmspell.model.agent import AgentInput, AgentResult
    from llmspell.model.call import Call
    from llmspell.model.handoff import Handoff
    from llmspell.model.llm import Completion, LlmRequest, Message, ToolSpec
    from llmspell.spec.storages import Operation
    from llmspell.spec.tools import ToolOutput

Table = dict[str, Any]


class View:
    """Show an operation to a script and read back what it changed. This one serves operations with plain data."""

    writable: tuple[str, ...] = ("input",)

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        return {"input": call.input}

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        return call.replace(input=changed["input"])

    def output(self, result: Any) -> object:
        """Write a result."""
        return result

    def result(self, output: object, old: Any) -> object:  # noqa: ARG002 - for the views below
        """Read a result back; `old` is the one it replaces, None when there is none."""
        return output


class ToolView(View):
    """A tool call: `tool`, `name`, `input` and the same as `parameters`."""

    writable = ("input", "parameters")

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        arguments = dict(cast("Mapping[str, object]", call.input))
        return {
            "tool": call.subject,
            "name": call.subject,
            "call_id": call.id,
            "input": arguments,
            "parameters": dict(arguments),
        }

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        given = next(iter(changed.values()))
        if not isinstance(given, Mapping):
            message = f"the {next(iter(changed))} of a tool call must be a map"
            raise ConversionError(message)
        return call.replace(input=dict(given))

    def output(self, result: ToolOutput) -> object:
        """Write a result."""
        return shapes.tool_output(result)

    def result(self, output: object, old: ToolOutput | None) -> object:
        """Read a result back."""
        from llmspell.spec.tools import ToolOutput  # noqa: PLC0415 - a hook on a tool has a tool

        if (
            isinstance(output, dict)
            and "result" in output
            and ("success" in output or set(output) <= set(ToolOutput._fields))
        ):
            return ToolOutput(output["result"], tuple(output.get("artifacts") or ()), output.get("metadata") or {})
        return ToolOutput(output) if old is None else old._replace(result=output)


class ModelView(View):
    """A request to a model: `prompt` is the text of the last user message, `messages` are all of them."""

    writable = ("model", "prompt", "system_prompt", "messages", "temperature", "top_p", "max_tokens")

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        request = cast("LlmRequest", call.input)
        return {
            "model": request.model,
            "provider": call.metadata.get("provider"),
            "prompt": next((m.text for m in reversed(request.messages) if m.role == "user"), ""),
            "system_prompt": request.system,
            "messages": [shapes.message(one) for one in request.messages],
            "tools": [tool.name for tool in request.tools],
            "temperature": request.temperature,
            "top_p": request.top_p,
            "max_tokens": request.max_tokens,
        }

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        request = cast("LlmRequest", call.input)
        fields = {
            "system" if key == "system_prompt" else key: value
            for key, value in changed.items()
            if key not in ("messages", "prompt")
        }
        messages = request.messages
        if "messages" in changed:
            messages = read_messages(changed["messages"], messages)
        if "prompt" in changed:
            messages = _prompted(messages, str(changed["prompt"]))
        return call.replace(input=request.replace(**fields, messages=messages))

    def output(self, result: Completion) -> object:
        """Write a result."""
        table = shapes.message(result.message)
        return {
            **table,
            "finish_reason": result.finish_reason,
            "usage": shapes.usage(result.usage),
            "model": result.model,
        }

    def result(self, output: object, old: Completion | None) -> object:
        """Read a result back."""
        from attrs import evolve  # noqa: PLC0415 - a hook on a model has a model

        from llmspell.model.llm import Completion, Text, message  # noqa: PLC0415

        text = output.get("content") if isinstance(output, dict) else output
        if not isinstance(text, str):
            raise ConversionError("the output of a model is text, or a table with `content`")
        if old is None:
            return Completion(message=message("assistant", text))
        kept = tuple(part for part in old.message.parts if not isinstance(part, Text))
        return evolve(old, message=evolve(old.message, parts=(Text(text=text), *kept)))


class AgentView(View):
    """An agent run: `input = {content, query, context}`."""

    writable = ("input",)

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        given = cast("AgentInput", call.input)
        text = given.message.text
        return {
            "agent": {
                "name": call.subject,
                "id": call.metadata.get("agent_id"),
                "tools": list(cast("list[str]", call.metadata.get("tools", ()))),
            },
            "input": {"content": text, "query": text, "context": dict(given.context)},
        }

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        from attrs import evolve  # noqa: PLC0415 - a hook on an agent has an agent

        given = cast("AgentInput", call.input)
        new = changed["input"]
        if isinstance(new, str):
            return call.replace(input=evolve(given, message=given.message.with_text(new)))
        if not isinstance(new, Mapping):
            raise ConversionError("the input of an agent is text, or a table with `content`")
        old = given.message.text
        text = next((str(new[key]) for key in ("content", "query") if key in new and new[key] != old), old)
        said = given.message if text == old else given.message.with_text(text)
        return call.replace(input=evolve(given, message=said, context=dict(new.get("context") or {})))

    def output(self, result: AgentResult) -> object:
        """Write a result."""
        table = shapes.agent_result(result)
        return {**table, "result": table["output"]}

    def result(self, output: object, old: AgentResult | None) -> object:
        """Read a result back."""
        from attrs import evolve  # noqa: PLC0415

        from llmspell.model.agent import AgentResult  # noqa: PLC0415

        was = None if old is None else cast("Table", self.output(old))
        if isinstance(output, dict):
            keys = [key for key in ("content", "result", "output", "data") if key in output]
            new = next(
                (output[key] for key in keys if was is None or output[key] != was[key]), old.content if old else None
            )
        else:
            new = output
        text, data = (new, None) if isinstance(new, str) else ("" if old is None else old.content, new)
        return (
            AgentResult(content=text, data=data, messages=()) if old is None else evolve(old, content=text, data=data)
        )


class HandoffView(View):
    """What an agent passes to another: `from`, `to`, `kind`, `reason`, `input`, and the `messages` that cross."""

    writable = ("reason", "input", "messages")

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        given = cast("Handoff", call.input)
        return {
            "from": given.source,
            "to": given.target,
            "kind": given.kind,
            "reason": given.reason,
            "input": given.input,
            "messages": [shapes.message(one) for one in given.messages],
        }

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        given = cast("Handoff", call.input)
        fields: Table = {key: str(value) for key, value in changed.items() if key != "messages"}
        if "messages" in changed:
            fields["messages"] = read_messages(changed["messages"], given.messages)
        return call.replace(input=given.replace(**fields))

    def output(self, result: AgentResult) -> object:
        """Write a result."""
        return VIEWS["agent_execution"].output(result)

    def result(self, output: object, old: AgentResult | None) -> object:
        """Read a result back."""
        return VIEWS["agent_execution"].result(output, old)


class SpellView(View):
    """A spell: `spell` is its name, `params` its parameters."""

    writable = ("params",)

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        return {"spell": call.subject, "params": call.input}

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        return call.replace(input=changed["params"])


class WriteView(View):
    """A write to a store: `key`, `verb`, `keys`; what is written stays as it is."""

    writable = ()

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        operations = cast("tuple[Operation, ...]", call.input) if isinstance(call.input, tuple) else ()
        verb = operations[0].verb if operations else call.metadata.get("verb")
        return {"key": call.subject, "verb": verb, "keys": [one.key for one in operations] or [call.subject]}


class OfferView(View):
    """The tools offered to a model: `tools` are their names; a hook may leave some out."""

    writable = ("tools",)

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        return {
            "agent": {"name": call.subject},
            "tools": [spec.name for spec in cast("tuple[ToolSpec, ...]", call.input)],
        }

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        offered = {spec.name: spec for spec in cast("tuple[ToolSpec, ...]", call.input)}
        wanted = list(changed["tools"] or [])
        unknown = [name for name in wanted if name not in offered]
        if unknown:
            message = (
                f"the agent is not offered {', '.join(map(str, unknown))}: a hook may leave tools out, not add them"
            )
            raise ConversionError(message, suggestions=["use agent:add_tool"])
        return call.replace(input=tuple(offered[name] for name in wanted))


class ProviderView(View):
    """A request besides chat: `provider`, `capability`, `model`; `texts` of `embeddings`, the `prompt` of a count."""

    writable = ("model", "texts", "dimensions")

    def show(self, call: Call) -> Table:
        """Write what is about to happen."""
        about = {key: call.metadata.get(key) for key in ("provider", "capability")}
        given: Any = call.input
        if about["capability"] == "embeddings":
            fields = {"texts": list(given.texts), "dimensions": given.dimensions, "purpose": given.purpose}
            return {**about, "model": given.model, **fields}
        if about["capability"] == "count_tokens":
            return {**about, "model": given.model, "prompt": "\n".join(one.text for one in given.messages)}
        return {**about, "model": given} if given is not None else about

    def change(self, call: Call, changed: Table) -> Call:
        """Apply changed fields to a call."""
        from attrs import evolve  # noqa: PLC0415 - a hook on vectors has a request for them

        capability = call.metadata.get("capability")
        if capability == "pull" and set(changed) == {"model"}:
            return call.replace(input=changed["model"], subject=changed["model"])
        known = {"embeddings": set(self.writable), "count_tokens": {"model"}}.get(str(capability), set())
        if not set(changed) <= known:
            raise ConversionError(f"a request for {capability!r} has no {', '.join(changed)} to change")
        if "texts" in changed:
            texts = changed["texts"]
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise ConversionError("`texts` must be a list of texts")
            changed = {**changed, "texts": tuple(texts)}
        model = changed.get("model", call.subject)
        return call.replace(input=evolve(cast("Any", call.input), **changed), subject=model)

    def output(self, result: Any) -> object:
        """Write a result: vectors, models, a number, or nothing."""
        if isinstance(result, tuple):
            return [shapes.model_info(one, None) for one in result]
        return shapes.embeddings(result) if hasattr(result, "vectors") else result

    def result(self, output: object, old: Any) -> object:  # noqa: ARG002 - what a hook gives counts as it is
        """Read a result back."""
        from llmspell.model.embedding import Embeddings, ModelInfo  # noqa: PLC0415 - a hook on a provider has one

        try:
            if isinstance(output, dict):
                vectors = tuple(tuple(map(float, vector)) for vector in output["vectors"])
                return Embeddings(vectors=vectors, model=str(output.get("model", "")))
            if isinstance(output, list):
                return tuple(ModelInfo(name=str(one["name"]), data=one) for one in output)
        except (KeyError, TypeError, ValueError) as error:
            text = "the output of a provider is `{vectors, model}`, a list of `{name}`, or a number of tokens"
            raise ConversionError(text) from error
        return int(output) if isinstance(output, float) and output.is_integer() else output


VIEWS: dict[str, View] = {
    "tool_execution": ToolView(),
    "llm_call": ModelView(),
    "provider_call": ProviderView(),
    "agent_execution": AgentView(),
    "handoff": HandoffView(),
    "spell_execution": SpellView(),
    "state_write": WriteView(),
    "tools_available": OfferView(),
}
PLAIN = View()


def view(operation: str) -> View:
    """Give the view of an operation."""
    return VIEWS.get(operation, PLAIN)


def read_messages(given: object, old: tuple[Message, ...]) -> tuple[Message, ...]:
    """Read messages back: those that did not change are kept whole, with the parts a table does not show."""
    from llmspell.model.llm import message  # noqa: PLC0415

    if not isinstance(given, list):
        raise ConversionError("`messages` must be a list")
    shown = [(shapes.message(one), one) for one in old]
    result = []
    for index, one in enumerate(given, 1):
        kept = next((whole for table, whole in shown if table == one), None)
        if kept is None and not (isinstance(one, dict) and one.get("role") in ("system", "user", "assistant")):
            message_text = f"messages[{index}] must have a role (system, user or assistant) and content"
            raise ConversionError(message_text)
        result.append(kept or message(one["role"], str(one.get("content", ""))))
    return tuple(result)


def _prompted(messages: tuple[Message, ...], prompt: str) -> tuple[Message, ...]:
    """Replace the text of the last user message; its other parts stay."""
    from llmspell.model.llm import message  # noqa: PLC0415

    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role == "user":
            return (*messages[:index], messages[index].with_text(prompt), *messages[index + 1 :])
    return (*messages, message("user", prompt))
