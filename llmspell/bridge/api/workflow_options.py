"""What scripts say of a workflow and of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_LIST, NO_MAP, Options

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.api.workflow import WorkflowHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration


class RetryOptions(Options):
    """How often a step is attempted."""

    positional = "attempts"

    attempts: Annotated[int, "attempts in all"] = 3
    max_attempts: Annotated[int | None, "the same as `attempts`"] = None
    max_retries: Annotated[int | None, "attempts after the first"] = None
    delay: Annotated[Duration, "wait before the second"] = 1.0  # type: ignore[assignment]  # a Duration is a float
    backoff: Annotated[float, "factor by which the wait grows"] = 2.0
    max_delay: Annotated[Duration, "longest wait"] = 30.0  # type: ignore[assignment]
    only: Annotated[list[str], "types of errors that are worth it; all without it"] = NO_LIST


class AggregationOptions(Options):
    """How the results of several steps are put together."""

    positional = "strategy"

    strategy: Annotated[
        str | None,
        "`collect` (or `combine_results`): by name; `list`; `merge`: maps that agree; `comprehensive_merge`; "
        "`concat`: texts; `first`; `last`; `majority` (or `vote`)",
    ] = None
    require_minimum: Annotated[int | None, "how many steps must give something"] = None
    aggregate: Annotated[
        Callback | None, "`function(results)`: each by its name as `{success, data, error}`, with the keys of its data"
    ] = None


class FlowOptions(Options):
    """What a workflow, and a phase within one, is made of."""

    lazy = True

    steps: Annotated[list[StepOptions], "what is done"] = NO_LIST
    branches: Annotated[list[StepOptions], "the same as `steps`"] = NO_LIST
    agents: Annotated[list[StepOptions], "the same as `steps`, of agents"] = NO_LIST
    condition: Annotated[
        Callback | str | bool | None, "template or `function(context)`: of a step whether it is done, of a conditional "
        "workflow which branch is taken, of a loop whether there is another round"
    ] = None  # fmt: skip
    if_true: Annotated[StepOptions | None, "branch of a conditional workflow"] = None
    true_branch: Annotated[StepOptions | None, "the same as `if_true`"] = None
    if_false: Annotated[StepOptions | None, "the other branch"] = None
    false_branch: Annotated[StepOptions | None, "the same as `if_false`"] = None
    map: Annotated[StepOptions | None, "step of a map-reduce for each item"] = None
    reduce: Annotated[StepOptions | None, "step of a map-reduce for the `results`"] = None
    body: Annotated[StepOptions | list[StepOptions] | None, "the steps of a loop or fan-out"] = None
    while_condition: Annotated[Callback | str | bool | None, "the same as `condition`, of a loop"] = None
    until: Annotated[Callback | str | None, "condition that ends a loop, asked after each round"] = None
    until_condition: Annotated[Callback | str | None, "the same as `until`"] = None
    items: Annotated[
        Callback | str | list[object] | dict[str, object] | None,
        "what a loop, fan-out, map-reduce or pipeline works on",
    ] = None
    for_each: Annotated[Callback | str | list[object] | dict[str, object] | None, "the same as `items`"] = None
    count: Annotated[int | str | Callback | None, "how many rounds a loop has"] = None
    times: Annotated[int | str | Callback | None, "the same as `count`"] = None
    max_iterations: Annotated[int | None, "how many rounds at most; 100 when only a condition ends a loop"] = None
    collect: Annotated[bool | None, "whether a loop gives a list of all rounds"] = None
    max_concurrency: Annotated[int | None, "how many steps at once; of those for each of `items` 500"] = None
    fail_fast: Annotated[bool | None, "whether the first failure ends the others"] = None
    require_minimum: Annotated[int | None, "how many steps must give something"] = None
    aggregation: Annotated[AggregationOptions | None, "how results are put together"] = None
    merge_strategy: Annotated[str | None, "the same as `aggregation.strategy`"] = None
    aggregate: Annotated[Callback | None, "the same as `aggregation.aggregate`"] = None
    continue_on_error: Annotated[bool, "whether it goes on when a step has failed"] = False
    timeout_per_step: Annotated[Duration | None, "time for one attempt of a step that says nothing else"] = None
    max_execution_time: Annotated[Duration | None, "time for all of it"] = None
    execute: Annotated[
        Callback | None, "`function(context, run)` of a custom workflow; `run(name, input)` does a step"
    ] = None
    options: Annotated[dict[str, object], "options of a kind that a plugin brings"] = NO_MAP


class WorkflowOptions(FlowOptions):
    """A workflow."""

    name: Annotated[str, "its name"] = ""
    type: Annotated[str, "its kind, for `Workflow.create`"] = ""
    description: Annotated[str, "what it is for"] = ""
    input: Annotated[
        dict[str, object] | None, "JSON Schema of its input, or a map of names to types; anything without"
    ] = None
    output: Annotated[object, "template, map of templates or `function(context)` that makes its output"] = None
    timeout: Annotated[Duration | None, "time for all of it"] = None
    retry: Annotated[RetryOptions | None, "attempts of a step that says nothing else"] = None
    error_strategy: Annotated[
        str | dict[str, object] | None, "what to do when a step fails, see `ErrorStrategy`; or a map of steps to that"
    ] = None
    save_checkpoints: Annotated[
        bool, "whether its steps outlive the process; wants a durable run, which keeps every step"
    ] = False
    checkpoint_interval: Annotated[
        int | None, "after how many steps at least; every step is kept, whatever it says, so none is done twice"
    ] = None
    config: Annotated[dict[str, object], "options that may also stand on top"] = NO_MAP


class StepOptions(FlowOptions):
    """A step: an agent, tool, workflow or function that does it; or a phase, which has steps of its own."""

    positional = "component"

    name: Annotated[str, "its name; who does it without one"] = ""
    id: Annotated[str, "the same as `name`"] = ""
    type: Annotated[str, "the kind of a phase, such as `parallel`"] = ""
    component: Annotated[
        AgentHandle | ToolHandle | WorkflowHandle | Callback | str | None, "who does it, whatever that is"
    ] = None
    agent: Annotated[AgentHandle | str | None, "the agent that does it, or its name; in a template `self`"] = None
    tool: Annotated[ToolHandle | str | None, "the tool that does it, or its name"] = None
    tools: Annotated[
        list[ToolHandle | str], "tools that do it side by side; with an `agent` tools that it is offered"
    ] = NO_LIST
    workflow: Annotated[WorkflowHandle | str | None, "the workflow that does it, or its name"] = None
    run: Annotated[
        Callback | None, "`function(context)` that does it; `function(context, input)` when there is an `input`"
    ] = None
    code: Annotated[str | None, "source text that does it, in the language of `engine`; it reads `params.input`"] = None
    engine: Annotated[str | None, "name of the engine that runs `code`; that of the spell without it"] = None
    action: Annotated[str | Callback | None, "what its agent shall do; or the same as `run`"] = None
    query: Annotated[str | None, "the same as `action`"] = None
    task: Annotated[str | None, "the same as `action`"] = None
    prompt: Annotated[str | None, "the same as `action`"] = None
    input: Annotated[
        object,
        "what it is given: a value with `{{x}}` in it, or `function(context)`; without it what the step before gave",
    ] = None
    output: Annotated[str, "name of what it gives"] = ""
    retry: Annotated[RetryOptions | None, "how often it is attempted"] = None
    timeout: Annotated[Duration | None, "time for one attempt"] = None
    error_strategy: Annotated[Strategy | None, "what to do when it fails, see `ErrorStrategy`"] = None
    depends_on: Annotated[str | list[str], "steps of a graph that come before it"] = NO_LIST
    join: Annotated[Literal["all", "any"], "whether it waits for all of them"] = "all"
    compensate: Annotated[
        StepOptions | None, "what takes it back when the workflow fails later; it knows the `output`"
    ] = None
