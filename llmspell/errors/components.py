"""Errors of agents (1xxx), tools (2xxx), workflows (3xxx) and hooks (5xxx)."""

from __future__ import annotations

from llmspell.errors.root import ExitCode, LlmspellError


class AgentError(LlmspellError):
    """Say that an agent could not do its work."""

    code = 1003
    type = "agent"


class AgentNotFoundError(AgentError):
    """Say that no agent has this name."""

    code = 1001
    type = "agent_not_found"
    exit_code = ExitCode.MISSING


class AgentExecutionError(AgentError):
    """Say that a run of an agent failed."""

    code = 1003
    type = "agent_execution"


class AgentConfigError(AgentError):
    """Say that an agent was defined with wrong or missing fields."""

    code = 1004
    type = "agent_configuration"
    exit_code = ExitCode.CONFIG


class AgentTimeoutError(AgentError):
    """Say that an agent's deadline passed."""

    code = 1005
    type = "timeout"
    exit_code = ExitCode.LIMIT
    recoverable = True


class LimitReachedError(AgentError):
    """Say that a run met its limit of turns, calls, tokens, time or money."""

    code = 1101
    type = "limit_reached"
    exit_code = ExitCode.LIMIT


class RepeatedCallError(LimitReachedError):
    """Say that a model makes the same tool call again and again, although it was told that nothing changes."""

    code = 1103
    type = "repeated_call"


class ApprovalRequiredError(AgentError):
    """Say that tool calls wait for a person, where only an answer will do; `context` has `pending` and `state`."""

    code = 1104
    type = "approval_required"
    recoverable = True


class ApprovalExpiredError(AgentError):
    """Say that the time to decide about tool calls is over."""

    code = 1105
    type = "approval_expired"
    exit_code = ExitCode.LIMIT


class AgentDepthError(LimitReachedError):
    """Say that agents run one another without end; `context["path"]` has their names, the outermost first."""

    code = 1120
    type = "agent_depth"


class HandoffError(AgentError):
    """Say why an agent could not hand over to another one."""

    code = 1121
    type = "handoff"


class CollaborationError(AgentError):
    """Say why agents that work together came to nothing."""

    code = 1122
    type = "collaboration"


class RunStateError(AgentError):
    """Say why a run cannot be taken up from its state: it is damaged, has ended, or needs what is not there."""

    code = 1102
    type = "run_state"


class OutputMismatchError(AgentError):
    """Say that a model never gave what was asked for; `context` has its last text and what was wrong."""

    code = 1110
    type = "output_mismatch"


class ToolError(LlmspellError):
    """Say that a tool could not do its work."""

    code = 2003
    type = "tool"


class ToolNotFoundError(ToolError):
    """Say that no tool has this name."""

    code = 2001
    type = "tool_not_found"
    exit_code = ExitCode.MISSING


class ValidationError(ToolError):
    """Say that arguments do not fit the schema; `context["faults"]` lists every fault with its path."""

    code = 2002
    type = "validation"
    exit_code = ExitCode.USAGE


class ToolExecutionError(ToolError):
    """Say that a tool failed while it ran."""

    code = 2003
    type = "tool_execution"


class PermissionDeniedError(ToolError):
    """Say which right is missing and which flag would grant it."""

    code = 2006
    type = "permission_denied"
    exit_code = ExitCode.DENIED


class ResourceUnavailableError(ToolError):
    """Say that something a tool needs (a file, a program, a host) is not there."""

    code = 2007
    type = "resource_unavailable"


class ToolTimeoutError(ToolError):
    """Say that a tool's deadline passed."""

    code = 2008
    type = "timeout"
    exit_code = ExitCode.LIMIT
    recoverable = True


class SchemaError(ToolError):
    """Say that a JSON Schema is itself wrong, or cannot be derived from a type."""

    code = 2010
    type = "schema"


class WorkflowError(LlmspellError):
    """Say that a workflow could not do its work."""

    code = 3003
    type = "workflow"


class WorkflowNotFoundError(WorkflowError):
    """Say that no workflow has this name."""

    code = 3001
    type = "workflow_not_found"


class WorkflowDefinitionError(WorkflowError):
    """Say every fault of a workflow at once; `context["faults"]` holds `{path, message}` of each."""

    code = 3002
    type = "workflow_definition"


class WorkflowStepError(WorkflowError):
    """Say that several steps failed; `context["errors"]` holds what each of them failed with, by its name."""

    code = 3004
    type = "workflow_step"


class WorkflowDependencyError(WorkflowError):
    """Say that a step was not done because one that it needs gave nothing."""

    code = 3005
    type = "workflow_dependency"


class WorkflowCycleError(WorkflowDefinitionError):
    """Say that steps wait for one another in a circle, or that a workflow is a step of itself."""

    code = 3006
    type = "workflow_cycle"


class WorkflowTimeoutError(WorkflowError):
    """Say that a workflow, or one attempt of a step, took longer than it may."""

    code = 3007
    type = "timeout"
    exit_code = ExitCode.LIMIT
    recoverable = True


class WorkflowStateError(WorkflowError):
    """Say that a workflow cannot be paused, resumed, cancelled or changed as it is now."""

    code = 3008
    type = "workflow_state"


class WorkflowConditionError(WorkflowError):
    """Say that a condition failed, or is neither true nor false."""

    code = 3009
    type = "workflow_condition"


class WorkflowMergeError(WorkflowError):
    """Say that what steps gave cannot be put together."""

    code = 3010
    type = "workflow_merge"


class WorkflowCancelledError(WorkflowError):
    """Say that a workflow was cancelled, and why."""

    code = 3103
    type = "workflow_cancelled"


class HookError(LlmspellError):
    """Say that a hook could not be registered or failed."""

    code = 5002
    type = "hook"


class HookNotFoundError(HookError):
    """Say that no hook point has this name."""

    code = 5001
    type = "hook_not_found"


class HookFailedError(HookError):
    """Say which hook raised, and so failed the operation it guards."""

    code = 5002
    type = "hook_failed"


class HookTimeoutError(HookError):
    """Say which hook passed its deadline."""

    code = 5003
    type = "hook_timeout"


class HookPriorityError(HookError):
    """Say that a priority lies outside 0-1000."""

    code = 5004
    type = "hook_priority"


class SubscriptionError(HookError):
    """Say that a subscription to an event is wrong."""

    code = 5006
    type = "subscription"


class HookDependencyError(HookError):
    """Say that hooks depend on each other in a circle, on nobody, or on one they conflict with."""

    code = 5009
    type = "hook_dependency"


class RefusedError(HookError):
    """Say that a hook refused the operation, with its reason."""

    code = 5101
    type = "refused"
    exit_code = ExitCode.DENIED


class SubjectBlockedError(RefusedError):
    """Say which counted rule blocked an agent, a tool or a run; `context` has the rule, the count and its bound."""

    code = 5110
    type = "blocked"


class GuardrailError(HookError):
    """Say which guard of an agent stopped a run, at which stage, and why."""

    code = 5102
    type = "guardrail"
    exit_code = ExitCode.DENIED
