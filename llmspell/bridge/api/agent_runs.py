"""How a script runs an agent: whole, in parts, in steps, and on from where it waited for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_hooks import guarded
from llmspell.bridge.api.agent_media import media
from llmspell.bridge.api.agent_options import ExecuteOptions, together
from llmspell.bridge.api.agent_run import answer, concluded, parts, resumed, resumed_parts, steps
from llmspell.bridge.api.strategy import check_strategy
from llmspell.bridge.api.tool import CallOptions
from llmspell.bridge.definition import NO_MAP, Handle, Stream, function
from llmspell.errors import ApprovalRequiredError, LlmspellError
from llmspell.model.decisions import decided

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.bridge.api.strategy import Strategy
    from llmspell.model.agent import AgentInput, AgentResult
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

    Answering = Callable[["AgentRuns", str, ExecuteOptions, CallContext], Awaitable[AgentResult]]


class AgentRuns(Handle):
    """An agent that a script runs."""

    agent: Agent
    strategy: Strategy | None
    told: Mapping[str, Any]

    @function()
    async def chat(
        self, message: ExecuteOptions, ctx: CallContext, options: ExecuteOptions | None = None
    ) -> str | dict[str, Any]:
        """Say something and return the answer's text; the agent's `error_strategy` is followed when that fails.

        `message` is text, or a table that also brings `images`, `audio` or `files`: paths, addresses, data URLs, bytes.
        Where an `output` was asked for the text is its JSON; `execute` gives the value. Raises `limit_reached`,
        `timeout`, `output_mismatch`, provider errors, what a hook decides, and `approval_required` when a tool call
        waits for a person: `execute` gives what it takes to go on then. A durable run pauses there instead, until
        somebody has decided.
        """
        options = together(message, options)
        result = await self._run(options, ctx, concluded)
        if result.get("success") is False:
            return result
        if result["status"] == "done":
            return str(result["content"])
        error = self.unanswered(result)
        if options.on_error == "return":
            return shapes.failure(self.session.told(error))
        raise error

    @function(aliases=("run", "invoke"))
    async def execute(
        self, given: ExecuteOptions, ctx: CallContext, options: ExecuteOptions | None = None
    ) -> dict[str, Any]:
        """Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.

        `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
        for, else the text.
        `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
        `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
        `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
        what the model thought and `media` are what it made, where there is any. Where others took over,
        `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
        """
        return await self._run(together(given, options), ctx)

    @function()
    def stream(self, given: ExecuteOptions, ctx: CallContext) -> Stream:
        """Run the agent and iterate over the parts of its answer; leaving the loop cancels the run.

        Parts are tables with a `type`: `text` and `reasoning` (with `text`), `tool_call_start|delta|end`,
        `tool_result`, `usage`, `finish`, `reset` (what came so far is void), `handoff` (with `from`, `to`, `reason`),
        `agent` (a `part` of an agent that it uses as a tool, named by `agent`), `answer`, and as the last one `done`
        with all that `execute` returns. Where an `output` was asked for there is
        also `partial`, with the `data` that are valid so far.

        The `error_strategy` is followed as in `execute` before the first part; a failure after it ends the stream with
        the error, unless the strategy has `after_parts`.
        """
        return Stream(parts(self, given.message(), given, ctx))

    @function()
    def steps(self, given: ExecuteOptions, ctx: CallContext) -> Stream:
        """Run the agent step by step: the next step begins when it is asked for; leaving the loop cancels the run.

        A step is `{type = "step", agent, kind = "ask" | "tools", turn, next, content, tool_calls, state}`: the model
        was asked, or the tool calls of its answer were settled. `resume` of this `agent` goes on from `state`: it is
        another one after a handoff. The last one is `done` with all that `execute` returns. No `error_strategy` is
        followed.
        """
        return Stream(steps(self, given.message(), given, ctx))

    @function()
    async def resume(
        self,
        state: str | dict[str, object],
        ctx: CallContext,
        decisions: dict[str, object] = NO_MAP,
        options: CallOptions | None = None,
    ) -> dict[str, Any]:
        """Go on with a run from its `state`, also one that another process began; returns what `execute` returns.

        `decisions` are by the ids of calls in `pending`: `"approve"`, `"reject"`, `{reason = "..."}` rejects and tells
        the model why, `{arguments = {...}}` approves with these arguments instead, and `always = "run" | "agent"`
        beside `decision`, `reason` or `arguments` settles later calls of the tool alike. Calls without a decision go on
        waiting; what has an outcome is not done again. No `error_strategy` is followed. A run that failed after an
        answer goes on likewise, from `context.run_state` of its error.

        Raises `run_state`, `approval_expired` and `validation` before anything is spent.
        """
        options = options or CallOptions()
        try:
            return await resumed(self, state, decided(decisions), options, ctx)
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    @function()
    def resume_stream(
        self, state: str | dict[str, object], ctx: CallContext, decisions: dict[str, object] = NO_MAP
    ) -> Stream:
        """Go on with a run as `resume` does and iterate over its parts as `stream` does."""
        return Stream(resumed_parts(self, state, decided(decisions), ctx))

    async def _run(self, options: ExecuteOptions, ctx: CallContext, run: Answering = answer) -> dict[str, Any]:
        message = options.message()
        try:
            return shapes.agent_result(await run(self, message, options, ctx))
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    def unanswered(self, result: Mapping[str, Any]) -> ApprovalRequiredError:
        """Give the error of a run that waits where nobody can decide."""
        from llmspell.runtime.unanswered import unanswered  # noqa: PLC0415 - few runs wait

        return unanswered(self.agent.name, [(one["id"], one["tool"]) for one in result["pending"]], result["state"])

    async def input(self, text: str, options: ExecuteOptions, ctx: CallContext) -> AgentInput:
        """Give what a run starts from; files that come along are read with the rights of the script."""
        from llmspell.model.agent import AgentInput  # noqa: PLC0415 - the agent exists, so attrs is here already
        from llmspell.model.llm import Message, Text, message  # noqa: PLC0415

        said = message("user", text)
        if options.brings():
            found = await media(ctx, options)
            said = Message(role="user", parts=((Text(text=text), *found) if text else found))
        return AgentInput(message=said, history=self.agent.history, context=options.context)

    async def settings_for(self, strategy: Strategy | None) -> Mapping[str, Any] | None:
        """Give the settings of a run with a strategy of its own; None for those of the agent."""
        if strategy is None:
            return None
        check_strategy(self.session, strategy)
        return await guarded(self.session, self.told, strategy)
