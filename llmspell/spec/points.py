"""Every hook point, in the order a run meets them.

Four shapes, one grammar (the shape is read off the name):

    collect   `llmspell_tools`, ...          described beside each component kind
    decide    `llmspell_before_<operation>`  return None, `Proceed(call)`, `Answer(result)` or `Refuse(reason)`;
              raising fails the operation
    around    `llmspell_around_<operation>`  `async`; call `proceed(call)` 0..n times and return the result;
              exceptions propagate
    transform `llmspell_after_<operation>`   return None or `Answer(result)`; raising fails the operation
              `llmspell_<x>_error`           return None, `Answer(result)` to recover, or `Retry(delay)`

    lifecycle `llmspell_<event>`             observe (see `llmspell.spec.lifecycle`); a failing observer is isolated,
    counted and switched off after repeated failures

An implementation takes any subset of a point's arguments, may be `def` or `async def`, and is marked with
`@hookimpl`. Order: bands, then scope depth (outer first), then priority, then load order; `after_*` and errors in
reverse. Plugins implement points for the whole process; scripts register theirs with
`Hooks.register("before_tool_execution", fn)` for their own run or agent.
"""
# The functions are specifications: their bodies are empty and their arguments are documentation.
# ruff: noqa: ARG001

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.model.call import Call
    from llmspell.model.decision import Answer, Proceed, Refuse, Retry
    from llmspell.spec.context import Context

    Decision = Proceed | Answer | Refuse | None
    Proceeding = Callable[[Call], Awaitable[object]]
    Recovery = Answer | Retry | None


# - spell_execution ---------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_spell_execution(call: Call, ctx: Context) -> Decision:
    """Decide about a spell before it happens.

    `call.subject` is the spell's name, `call.input` its parameters; the result is what the script returned.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_spell_execution(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap a spell: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_spell_execution(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of a spell. Runs innermost first."""
    return None


@hookspec
def llmspell_spell_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of a spell, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - agent_execution ---------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_agent_execution(call: Call, ctx: Context) -> Decision:
    """Decide about an agent run before it happens.

    `call.subject` is the agent's name, `call.input` an `AgentInput`; the result is an `AgentResult`.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_agent_execution(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap an agent run: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_agent_execution(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of an agent run. Runs innermost first."""
    return None


@hookspec
def llmspell_agent_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of an agent run, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - llm_call ----------------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_llm_call(call: Call, ctx: Context) -> Decision:
    """Decide about one request to a model before it happens.

    `call.subject` is the model, `call.input` an `LlmRequest`; the result is a `Completion`.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_llm_call(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap one request to a model: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_llm_call(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of one request to a model. Runs innermost first."""
    return None


@hookspec
def llmspell_llm_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of one request to a model, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - provider_call -----------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_provider_call(call: Call, ctx: Context) -> Decision:
    """Decide about one request to a provider besides chat before it happens.

    `call.metadata["capability"]` says what is asked for: `embeddings` (the input is an `EmbedRequest`, the result an
    `Embeddings`), `models` (nothing; a tuple of `ModelInfo`), `pull` (a model's name; nothing) or `count_tokens` (an
    `LlmRequest`; a number). `call.subject` is the model, for `models` the provider.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_provider_call(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap one request to a provider besides chat: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_provider_call(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of one request to a provider besides chat. Runs innermost first."""
    return None


@hookspec
def llmspell_provider_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of one request to a provider besides chat, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - tool_execution ----------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_tool_execution(call: Call, ctx: Context) -> Decision:
    """Decide about one tool call before it happens.

    `call.subject` is the tool's name, `call.input` its arguments; the result is a `ToolOutput`.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_tool_execution(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap one tool call: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_tool_execution(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of one tool call. Runs innermost first."""
    return None


@hookspec
def llmspell_tool_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of one tool call, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - workflow_execution ------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_workflow_execution(call: Call, ctx: Context) -> Decision:
    """Decide about a workflow before it happens.

    `call.subject` is its name, `call.input` its input; the result is a mapping.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_workflow_execution(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap a workflow: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_workflow_execution(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of a workflow. Runs innermost first."""
    return None


@hookspec
def llmspell_workflow_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of a workflow, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - workflow_step -----------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_workflow_step(call: Call, ctx: Context) -> Decision:
    """Decide about one step of a workflow before it happens.

    `call.subject` is the step's name, `call.input` its mapped input; the result is the step's output.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_workflow_step(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap one step of a workflow: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_workflow_step(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of one step of a workflow. Runs innermost first."""
    return None


@hookspec
def llmspell_workflow_step_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of one step of a workflow, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - handoff -----------------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_handoff(call: Call, ctx: Context) -> Decision:
    """Decide about a handoff from one agent to another before it happens.

    `call.subject` is the receiving agent, `call.input` reason and filtered state; the result is its answer.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_handoff(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap a handoff from one agent to another: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_handoff(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of a handoff from one agent to another. Runs innermost first."""
    return None


@hookspec
def llmspell_handoff_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of a handoff from one agent to another, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - state_write -------------------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_state_write(call: Call, ctx: Context) -> Decision:
    """Decide about a write to state or storage before it happens.

    `call.subject` is the key, `call.input` the new value; the result is None.
    Runs outermost first. `Answer` skips what is inside but not policy, permission and `after`; `Refuse` ends in
    `RefusedError`.
    """
    return None


@hookspec
async def llmspell_around_state_write(call: Call, proceed: Proceeding, ctx: Context) -> object:
    """Wrap a write to state or storage: time it, cache it, repeat it, redirect it.

    `await proceed(call)` runs what is inside, as often as it is called; permission is checked each time.
    """
    return await proceed(call)


@hookspec
def llmspell_after_state_write(call: Call, result: object, ctx: Context) -> Answer | None:
    """See or replace the result of a write to state or storage. Runs innermost first."""
    return None


@hookspec
def llmspell_state_error(call: Call, error: Exception, ctx: Context) -> Recovery:
    """See the failure of a write to state or storage, recover with `Answer`, or ask for `Retry`.

    A refusal cannot be turned into success.
    """
    return None


# - tools offered to a model ------------------------------------------------------------------------------------------


@hookspec
def llmspell_before_tools_available(call: Call, ctx: Context) -> Decision:
    """Decide which tools an agent offers to its model in the next request.

    `call.input` is the tuple of `ToolSpec`s; `Proceed` with a changed call filters or adds; `Answer` gives the tuple
    itself.
    """
    return None
