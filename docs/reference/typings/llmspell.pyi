"""The script API of llmspell as Python spells see it, written by `llmspell api --python`."""

from asyncio import Task
from builtins import list as _list
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, Required, Self, TypeAlias, TypedDict, TypeVar, Unpack, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])

Duration: TypeAlias = float | str
"""Seconds, or text with a unit: "500ms", "1h30m"."""
Milliseconds: TypeAlias = float | str
Size: TypeAlias = int | str
"""Bytes, or text with a unit: "10MB"."""

class Record(dict[str, Any]):
    """A dict whose keys are attributes, too: `result.content`."""

    def __getattr__(self, name: str) -> Any: ...

class Call(Coroutine[Any, Any, T_co]):
    """A call that begins when it is first awaited; a registration is a decorator, too."""

    def __await__(self) -> Generator[Any, Any, T_co]: ...
    def send(self, value: Any, /) -> Any: ...
    def throw(self, typ: Any, val: Any = None, tb: Any = None, /) -> Any: ...
    def close(self) -> None: ...

class _Registering(Call[T_co]):
    def __call__(self, function: F) -> F: ...

class Stream(AsyncIterator[Record]):
    """Values one by one: `async for`, `async with`."""

    def __aiter__(self) -> Self: ...
    async def __anext__(self) -> Record: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *error: object) -> None: ...
    async def aclose(self) -> None: ...
    def close(self) -> None: ...

class StreamCall(Call[Stream]):
    def __aiter__(self) -> AsyncIterator[Record]: ...
    async def __aenter__(self) -> Stream: ...
    async def __aexit__(self, *error: object) -> None: ...

class _Resource:
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *error: object) -> None: ...

class LlmspellError(Exception):
    """What calls of the API raise: `type` says what it is, `suggestions` what to do next."""

    type: str
    code: int | str | None
    message: str
    recoverable: bool
    retryable: bool
    retry_after: float | None
    suggestions: list[str]
    context: dict[str, Any]
    where: str | None
    trace_id: str | None
    def __init__(self, message: str = "", **fields: Any) -> None: ...
    @property
    def category(self) -> str: ...
    @property
    def cause(self) -> object: ...
    @property
    def recovery_strategy(self) -> Literal["retry", "none"]: ...
    @property
    def recovery_suggestion(self) -> str | None: ...
    def to_dict(self) -> dict[str, Any]: ...

class AgentError(LlmspellError): ...
class ToolError(LlmspellError): ...
class ValidationError(ToolError, ValueError): ...
class DeniedError(ToolError, PermissionError): ...
class WorkflowError(LlmspellError): ...
class ScriptError(LlmspellError): ...
class ApiUnavailableError(ScriptError, AttributeError): ...
class SpellSecurityError(ScriptError, PermissionError): ...
class ConversionError(ScriptError, TypeError): ...
class SpellTimeoutError(LlmspellError, TimeoutError): ...
class HookError(LlmspellError): ...
class SystemFailure(LlmspellError): ...
class ProviderError(LlmspellError): ...
class PluginError(LlmspellError): ...

class ToolConstructor(Protocol):
    """A tool's constructor: `CalculatorTool(precision=30)`."""

    def __call__(self, options: Mapping[str, Any] = ..., /, **named: Any) -> ToolCall: ...
    def new(self, options: Mapping[str, Any] = ..., /, **named: Any) -> ToolCall: ...

class AgentConstructor(Protocol):
    """An agent of a template: `ResearchAgent(name="historian")`."""

    def __call__(self, options: Mapping[str, Any] = ..., /, **named: Any) -> AgentCall: ...
    def new(self, options: Mapping[str, Any] = ..., /, **named: Any) -> AgentCall: ...

params: Record
env: Record
ENGINE: str
VERSION: str
PLATFORM: str
CONFIG_PATH: str
DATA_PATH: str
CACHE_PATH: str
SECURITY_LEVEL: Literal["high", "low"]
SANDBOX_ENABLED: bool
MAX_MEMORY: int
MAX_EXECUTION_TIME: float | None
MAX_CONCURRENT_OPERATIONS: int
AVAILABLE_PROVIDERS: list[str]
DEFAULT_PROVIDER: str | None

@overload
def tool(function: Callable[..., Any], /) -> ToolCall:
    """Make a tool of a function: `@tool`, or `@tool("name", description=...)`."""
@overload
def tool(name: str = ..., /, **options: Any) -> Callable[[Callable[..., Any]], ToolCall]: ...
def trace(message: object, metadata: Mapping[str, Any] | None = None, **data: Any) -> None: ...
def debug(message: object, metadata: Mapping[str, Any] | None = None, **data: Any) -> None: ...
def info(message: object, metadata: Mapping[str, Any] | None = None, **data: Any) -> None: ...
def warn(message: object, metadata: Mapping[str, Any] | None = None, **data: Any) -> None: ...

log: _LogNamespace

class AdaptOptions(TypedDict, total=False):
    """What changes of a workflow, also while it runs: steps that have not begun."""
    add: Sequence[StepOptions]
    """steps to add at the end"""
    replace: Mapping[str, Any]
    """name of a step -> the step that takes its place"""
    remove: Sequence[str]
    """names of steps to leave out"""
    retry: RetryOptions | None
    """attempts of the steps that are left"""
    timeout_per_step: Duration | None
    """time for one attempt of the steps that are left"""
    only: Sequence[str]
    """steps that `retry` and `timeout_per_step` are for; all without it"""

class AgentChanges(TypedDict, total=False):
    """Parts of an agent that can change while it lives."""
    output: Mapping[str, Any] | Sequence[Any] | str | None | type[Any]
    """what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema"""
    output_mode: Literal["auto", "native", "tool", "prompted"] | None
    """how the model is asked for it; `auto` by its provider"""
    output_retries: int | None
    """how often it is asked again with what did not fit, 2 if not said"""
    retry: Mapping[str, Any] | None
    """how its failed calls are repeated; keys of `[resilience.retry]`"""
    rate_limit: Mapping[str, Any] | None
    """keys of `[resilience.rate_limit]`"""
    circuit_breaker: Mapping[str, Any] | None
    """keys of `[resilience.breaker]`"""
    priority: str | None
    """`critical`, `high`, `normal`, `low` or `background`, where others wait, too"""
    budget: Mapping[str, Any] | None
    """`cost` and `tokens` of its life, `call_cost`, `call_tokens`"""
    cache: bool | Mapping[str, Any] | None
    """whether answers are kept; keys of `[resilience.cache]`"""
    fallback: Sequence[str] | Mapping[str, Any] | None
    """models to ask when its own fails"""
    selection: Mapping[str, Any] | None
    """`candidates` and `strategy`, for the model `auto`"""
    recovery: str | Mapping[str, Any] | None
    """what is done about errors of its calls; keys of `[resilience.recovery]`"""
    resources: Mapping[str, Any] | None
    """what it may take; keys of `[resources.agent]`"""
    description: str | None
    """what it is for"""
    provider: str | None
    """provider of the model; without it the model's name decides"""
    model: str | None
    """model, also as `provider/model`"""
    system_prompt: str | None
    """its instructions; `{{x}}` takes values from the call's `context`"""
    temperature: float | None
    """randomness of the model"""
    top_p: float | None
    """share of likely tokens to choose from"""
    max_tokens: int | None
    """longest answer"""
    timeout: Duration | None
    """the same as `limits.seconds`"""
    limits: LimitOptions | None
    """how far one run may go"""
    approve: bool | Sequence[str] | Callable[[Record], Any] | None
    """tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks"""
    approval_timeout: Duration | None
    """how long a call may wait for a decision"""
    extra: Mapping[str, Any] | None
    """fields passed to the provider as they are"""
    config: SettingOptions | None
    """settings that may also stand on top"""
    tools: Sequence[ToolHandle | ToolCall | AgentHandle | AgentCall | str | ToolOptions] | None
    """tools it is offered instead"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when a run fails, see `ErrorStrategy`"""
    memory: bool | MemorySettings | None
    """what it is told of the conversation; `false`: all"""
    handoffs: bool | Sequence[AgentHandle | AgentCall | str | PeerOptions] | None
    """agents to which its model may hand over; `true`: all that others can find"""
    capabilities: Sequence[str] | None
    """words by which `Agent.find` and other agents find it"""

class AgentOptions(TypedDict, total=False):
    """What an agent is."""
    output: Mapping[str, Any] | Sequence[Any] | str | None | type[Any]
    """what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema"""
    output_mode: Literal["auto", "native", "tool", "prompted"] | None
    """how the model is asked for it; `auto` by its provider"""
    output_retries: int | None
    """how often it is asked again with what did not fit, 2 if not said"""
    retry: Mapping[str, Any] | None
    """how its failed calls are repeated; keys of `[resilience.retry]`"""
    rate_limit: Mapping[str, Any] | None
    """keys of `[resilience.rate_limit]`"""
    circuit_breaker: Mapping[str, Any] | None
    """keys of `[resilience.breaker]`"""
    priority: str | None
    """`critical`, `high`, `normal`, `low` or `background`, where others wait, too"""
    budget: Mapping[str, Any] | None
    """`cost` and `tokens` of its life, `call_cost`, `call_tokens`"""
    cache: bool | Mapping[str, Any] | None
    """whether answers are kept; keys of `[resilience.cache]`"""
    fallback: Sequence[str] | Mapping[str, Any] | None
    """models to ask when its own fails"""
    selection: Mapping[str, Any] | None
    """`candidates` and `strategy`, for the model `auto`"""
    recovery: str | Mapping[str, Any] | None
    """what is done about errors of its calls; keys of `[resilience.recovery]`"""
    resources: Mapping[str, Any] | None
    """what it may take; keys of `[resources.agent]`"""
    description: str | None
    """what it is for"""
    provider: str | None
    """provider of the model; without it the model's name decides"""
    model: str | None
    """model, also as `provider/model`"""
    system_prompt: str | None
    """its instructions; `{{x}}` takes values from the call's `context`"""
    temperature: float | None
    """randomness of the model"""
    top_p: float | None
    """share of likely tokens to choose from"""
    max_tokens: int | None
    """longest answer"""
    timeout: Duration | None
    """the same as `limits.seconds`"""
    limits: LimitOptions | None
    """how far one run may go"""
    approve: bool | Sequence[str] | Callable[[Record], Any] | None
    """tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks"""
    approval_timeout: Duration | None
    """how long a call may wait for a decision"""
    extra: Mapping[str, Any] | None
    """fields passed to the provider as they are"""
    config: SettingOptions | None
    """settings that may also stand on top"""
    tools: Sequence[ToolHandle | ToolCall | AgentHandle | AgentCall | str | ToolOptions]
    """handles, names, tools written in place, or agents"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when a run fails, see `ErrorStrategy`"""
    memory: bool | MemorySettings | None
    """what it is told of the conversation; `false`: all"""
    handoffs: bool | Sequence[AgentHandle | AgentCall | str | PeerOptions] | None
    """agents to which its model may hand over; `true`: all that others can find"""
    capabilities: Sequence[str] | None
    """words by which `Agent.find` and other agents find it"""
    name: str
    """name by which `Agent.get` and `Agent.execute` find it"""
    hooks: Mapping[str, Callable[..., Any] | ListenerHandle | ListenerCall | HookSettings]
    """hooks of this agent by point"""
    guards: GuardOptions | None
    """functions that look at its `input`, its `output` and its `tools`"""
    remember: bool
    """whether it remembers its conversation"""
    skills: str | Sequence[str]
    """folders of skills: with a `SKILL.md`, or with folders that have one"""

class AggregationOptions(TypedDict, total=False):
    """How the results of several steps are put together."""
    strategy: str | None
    """`collect` (or `combine_results`): by name; `list`; `merge`: maps that agree; `comprehensive_merge`; `concat`: texts; `first`; `last`; `majority` (or `vote`)"""
    require_minimum: int | None
    """how many steps must give something"""
    aggregate: Callable[[Record], Any] | None
    """`function(results)`: each by its name as `{success, data, error}`, with the keys of its data"""

class AsToolOptions(TypedDict, total=False):
    """How an agent is offered to others as a tool."""
    name: str
    """snake_case name that models call; `ask_` and the agent's name"""
    description: str
    """one sentence for models; the agent's own"""
    remember: bool
    """whether it remembers what it was asked before"""

class CallOptions(TypedDict, total=False):
    """Options of one call."""
    on_error: Literal["raise", "return"]
    """`return` gives `{success=false, error}` instead of raising"""
    timeout: Duration | None
    """how long the call may take"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when this call fails, see `ErrorStrategy`"""

class CollectorOptions(TypedDict, total=False):
    """Where metrics go."""
    backend: Literal["memory"]
    """kept for this spell; read them with `listener:stats()`"""

class CompactionSettings(TypedDict, total=False):
    """When and how the older part of a conversation becomes a summary."""
    at: float
    """share of a bound from which on it is done"""
    keep: int
    """newest messages that stay as they are"""
    provider: str | None
    """provider of the model that summarises"""
    model: str | None
    """the model that summarises; without one the agent's own"""
    max_tokens: int
    """longest summary"""
    timeout: Duration
    """how long it may take"""
    times: int
    """how often in one run"""
    prompt: str | None
    """instructions for the model that summarises"""

class CountOptions(TypedDict, total=False):
    """For which model tokens are counted, and what goes along with the text."""
    provider: str | None
    """the provider, by name"""
    model: str | None
    """the model, or `provider/model`"""
    system: str
    """the system prompt"""

class CreateOptions(TypedDict, total=False):
    """A spell: a workflow with what it may take and what to do about errors."""
    name: Required[str]
    """its name"""
    workflow: Required[WorkflowHandle | WorkflowCall | WorkflowOptions]
    """what it does"""
    description: str
    """what it is for"""
    error_strategy: str | Mapping[str, Any] | None
    """what to do when a step fails that says nothing else, see `ErrorStrategy`"""
    resources: ResourceBounds | None
    """what it may take"""

class DelegateOptions(TypedDict, total=False):
    """How a task goes to another agent."""
    reason: str
    """why, for the other agent and for hooks"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the other agent's prompt"""
    output: Any
    """what the answer must be, as for `agent:execute`"""
    timeout: Duration | None
    """how long it may take"""
    on_error: Literal["raise", "return"]
    """`return` gives `{success=false, error}` instead of raising"""

class DiscoverOptions(TypedDict, total=False):
    """What to look for; all that is given must hold."""
    capabilities: Sequence[str]
    """capabilities a tool must have"""
    category: str | None
    """its category"""
    text: str | None
    """text in its name or description"""
    min_version: str | None
    """the lowest version that will do"""

class EmbedOptions(TypedDict, total=False):
    """Which vectors are wanted."""
    provider: str | None
    """the provider, by name"""
    model: str | None
    """the model, or `provider/model`"""
    dimensions: int | None
    """how long the vectors are, where the model can shorten them"""
    purpose: Literal["query", "document", "similarity", "classification", "clustering"] | None
    """what the vectors are for, to providers that make a difference"""
    extra: Mapping[str, Any] | None
    """further fields of the request, for this provider"""

class EmittedEvent(TypedDict, total=False):
    """An event as one table."""
    type: Required[str]
    """its name, snake_case"""
    data: Mapping[str, Any]
    """what it says"""
    source: str | None
    """who says it; the spell's name without it"""
    metadata: Mapping[str, Any] | None
    """kept in the data as `metadata`"""
    timestamp: Any
    """ignored: the event bus owns the time"""

class ExecuteOptions(TypedDict, total=False):
    """What one run is given: `input`, or a table of data with keys of your own; both reach the model as text."""
    images: Sequence[str | bytes | MediaOptions] | str | bytes | MediaOptions | None
    """paths, addresses, data URLs or bytes"""
    audio: Sequence[str | bytes | MediaOptions] | str | bytes | MediaOptions | None
    """likewise"""
    files: Sequence[str | bytes | MediaOptions] | str | bytes | MediaOptions | None
    """likewise"""
    output: Mapping[str, Any] | Sequence[Any] | str | None | type[Any]
    """what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema"""
    output_mode: Literal["auto", "native", "tool", "prompted"] | None
    """how the model is asked for it; `auto` by its provider"""
    output_retries: int | None
    """how often it is asked again with what did not fit, 2 if not said"""
    input: str | Mapping[str, Any] | None
    """the message; a table is written as JSON"""
    prompt: str | None
    """the same as `input`"""
    text: str | None
    """the same as `input`"""
    query: str | None
    """the same as `input`; with other data beside it, part of the data"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the system prompt"""
    timeout: Duration | None
    """how long this run may take"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when this run fails, instead of the agent's own"""
    on_error: Literal["raise", "return"]
    """`return` gives `{success=false, error}` instead of raising"""

class FailOptions(TypedDict, total=False):
    """When to give up at once."""
    only: Sequence[str] | None
    """error types it is for; others are not recovered either"""

class FeedbackOptions(TypedDict, total=False):
    """What somebody says about an agent's work."""
    comment: str | None
    """what was said"""
    rating: float | None
    """from 0 (bad) to 1 (good)"""
    correction: str | None
    """what would have been right"""
    about: str | None
    """what it is about; the conversation so far without it"""
    lesson: str | None
    """what to keep to, in words of your own: no model is asked"""

class FindOptions(TypedDict, total=False):
    """Which agents are wanted."""
    capabilities: Sequence[str]
    """capabilities that they have, all of them"""
    text: str
    """words in their name, description or capabilities"""

class FunctionOptions(TypedDict, total=False):
    """A function that a model may call."""
    name: Required[str]
    """snake_case name"""
    description: str
    """one sentence for the model"""
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments, or a map of property to schema"""
    execute: Callable[..., Any] | None
    """called with the arguments; without it the script does what is called for"""

class GenerateOptions(TypedDict, total=False):
    """What a workflow has to do, and who may do it."""
    requirements: Required[Sequence[Requirement]]
    """what has to be done"""
    agents: Sequence[AgentHandle | AgentCall | str]
    """agents that may do it; all of the spell without it"""
    name: str
    """name of the workflow"""
    max_concurrency: int | None
    """how many steps at once"""
    retry: RetryOptions | None
    """attempts of each step"""
    timeout: Duration | None
    """time for all of it"""
    error_strategy: str | Mapping[str, Any] | None
    """what to do when a step fails"""

class GuardOptions(TypedDict, total=False):
    """The guards of an agent: functions, tables of one, or names of options of hook sets; one of them or a list."""
    input: Sequence[GuardSettings | Callable[[Record], Any] | str] | GuardSettings | Callable[[Record], Any] | str | None
    """of what the agent is told"""
    output: Sequence[GuardSettings | Callable[[Record], Any] | str] | GuardSettings | Callable[[Record], Any] | str | None
    """of what the agent says"""
    tools: Sequence[GuardSettings | Callable[[Record], Any] | str] | GuardSettings | Callable[[Record], Any] | str | None
    """of its tool calls"""

class GuardSettings(TypedDict, total=False):
    """One guard: a function, and when it is asked."""
    check: Required[Callable[[Record], Any]]
    """`function(seen)`: nothing or true lets pass, false or `{trip = reason}` stops the run"""
    name: str | None
    """name in errors"""
    first: bool
    """of an input: asked before the model is, not beside it"""
    every: int | None
    """of an output: asked also while it is written, every so many characters"""
    when: Literal["call", "result", "both"]
    """of a tool: before its call, after it, or both"""
    timeout: Duration | None
    """how long it may take"""

class HandOverOptions(TypedDict, total=False):
    """Which keys go along."""
    include: Sequence[str]
    """patterns of keys, with `*`, `?` and `[...]`; all without one"""
    exclude: Sequence[str]
    """patterns of keys that stay, whatever includes them"""
    on_conflict: Literal["error", "keep", "replace"]
    """what becomes of a key that is there already"""

class HandoffOptions(TypedDict, total=False):
    """How a conversation goes to another agent."""
    to: Required[AgentHandle | AgentCall | str]
    """the agent that takes over, or its name"""
    reason: str
    """why, for the other agent and for hooks"""
    input: str | Mapping[str, Any] | None
    """what it should do, instead of going on"""
    state_filter: Literal["all", "messages", "last", "none"] | int | Callable[[list[Record]], Any]
    """what crosses, see the option `handoffs`"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the other agent's prompt"""
    timeout: Duration | None
    """how long the other agent may take"""
    on_error: Literal["raise", "return"]
    """`return` gives `{success=false, error}` instead of raising"""

class HistoryMessage(TypedDict, total=False):
    """A message to add to a conversation."""
    role: Required[Literal["user", "assistant", "system"]]
    """who said it"""
    content: Required[str]
    """what was said"""

class HistoryOptions(TypedDict, total=False):
    """How much of a history is wanted."""
    limit: int | None
    """only so many versions, the newest"""

class HookSettings(TypedDict, total=False):
    """How a hook is ordered and bounded."""
    handler: Callable[..., Any] | ListenerHandle | ListenerCall | None
    """`function(context)`, or a listener"""
    execute: Callable[..., Any] | ListenerHandle | ListenerCall | None
    """the same as `handler`"""
    priority: int
    """0-1000, higher runs further out"""
    when: Callable[[Record], Any] | Mapping[str, Any] | None
    """`function(context)`, or fields that must be equal"""
    condition: Callable[[Record], Any] | Mapping[str, Any] | None
    """the same as `when`"""
    mode: Literal["sync", "sequential", "conditional", "background", "parallel"]
    """`background` runs beside the operation and only observes; `parallel` is for events"""
    execution_mode: Literal["sync", "sequential", "conditional", "background", "parallel"] | None
    """the same as `mode`"""
    timeout: Duration | None
    """how long it may take"""
    name: str | None
    """name in statistics and for `dependencies`"""
    dependencies: Sequence[str]
    """hooks at the same point that must run further out"""
    conflicts: Sequence[str]
    """hooks that may not be at the same point"""
    cache: Any
    """refused: the answer of a hook is never cached"""
    cache_strategy: Any
    """refused, likewise"""

class ImportOptions(TypedDict, total=False):
    """What becomes of a key that is there already."""
    on_conflict: Literal["error", "keep", "replace"]
    """fail and write nothing, keep the value that is there, or replace it"""

class LimitOptions(TypedDict, total=False):
    """How far one run may go."""
    turns: int
    """requests to the model"""
    tool_calls: int
    """tool calls"""
    tokens: int | None
    """tokens in and out"""
    seconds: Duration | None
    """time, also as text such as `5m`"""
    cost: float | None
    """US dollars, those of agents it runs included; an unknown price is refused"""
    repeats: int
    """equal calls with equal outcomes before the model is told to stop; 0 for any number"""
    depth: int
    """how deep agents that it runs may run others; 0 for no agent at all"""

class LoadOptions(TypedDict, total=False):
    """How a spell is loaded."""
    params: Mapping[str, Any]
    """what it reads as `params`"""

class LoggerOptions(TypedDict, total=False):
    """What a logger writes, and where."""
    level: Literal["trace", "debug", "info", "warn", "error"]
    """level of its notes"""
    format: Literal["text", "json"]
    """lines for people, or JSON"""
    output: Literal["log", "stdout"]
    """the log, or standard output"""

class MediaOptions(TypedDict, total=False):
    """An image, a piece of audio or a file: one of `path`, `url` and `data`."""
    path: str | None
    """a file; `fs.read` must be granted for it"""
    url: str | None
    """an address that the service fetches, with `net.connect` granted for its host, or a data URL"""
    data: bytes | str | None
    """the bytes themselves, or text"""
    media_type: str | None
    """for example `image/png`; else told by the name's ending, or by the bytes"""
    name: str | None
    """name of a file, as the model is told"""

class MemoryAddOptions(TypedDict, total=False):
    """Where texts go, and how they are turned into vectors."""
    namespace: Literal["spell", "agent", "session", "shared"] | None
    """whose memory; without it the spell's own"""
    agent: str | None
    """name of the agent, for the memory of one"""
    key: str | None
    """under which the text is found again; what is there is replaced"""
    data: Any
    """whatever belongs to the text"""
    trusted: bool
    """whether the text comes from you; what is found is labelled `untrusted` else"""
    provider: str | None
    """who makes vectors, for the first text of a memory"""
    model: str | None
    """the model of vectors, or `provider/model`, for the first text of a memory"""

class MemoryListOptions(TypedDict, total=False):
    """How many texts are wanted."""
    namespace: Literal["spell", "agent", "session", "shared"] | None
    """whose memory; without it the spell's own"""
    agent: str | None
    """name of the agent, for the memory of one"""
    limit: int | None
    """only so many, the newest"""

class MemoryPlaceOptions(TypedDict, total=False):
    """Which memory is meant."""
    namespace: Literal["spell", "agent", "session", "shared"] | None
    """whose memory; without it the spell's own"""
    agent: str | None
    """name of the agent, for the memory of one"""

class MemoryReindexOptions(TypedDict, total=False):
    """How vectors are made from now on."""
    namespace: Literal["spell", "agent", "session", "shared"] | None
    """whose memory; without it the spell's own"""
    agent: str | None
    """name of the agent, for the memory of one"""
    provider: str | None
    """who makes vectors"""
    model: str | None
    """the model of vectors, or `provider/model`"""

class MemorySearchOptions(TypedDict, total=False):
    """Which texts are wanted."""
    namespace: Literal["spell", "agent", "session", "shared"] | None
    """whose memory; without it the spell's own"""
    agent: str | None
    """name of the agent, for the memory of one"""
    limit: int
    """only so many, the nearest"""
    min_score: float
    """least nearness, from -1 to 1"""

class MemorySettings(TypedDict, total=False):
    """What a model is told of the conversation, and where it is kept."""
    window: int | None
    """turns: a word of yours with all that follows until the next one"""
    messages: int | None
    """messages"""
    tokens: int | None
    """tokens of a whole request, estimated"""
    compaction: bool | CompactionSettings
    """whether what is older becomes a summary, and how"""
    persist: bool | str
    """name under which it is kept for later runs; `true`: the agent's name"""
    namespace: Literal["agent", "session", "shared"]
    """who shares what `remember` keeps"""
    type: Literal["conversation"] | None
    """older form"""
    max_entries: int | None
    """the same as `messages`, older form"""
    persistence: bool
    """the same as `persist`, older form"""
    summarize_after: int | None
    """messages from which on the older ones become a summary, older form"""

class MemoryText(TypedDict, total=False):
    """A text among several."""
    text: Required[str]
    """the text"""
    key: str | None
    """under which it is found again"""
    data: Any
    """whatever belongs to it"""

class MigrateOptions(TypedDict, total=False):
    """How values get to another version of their schema."""
    steps: Required[Sequence[Callable[[Any, str], Any]]]
    """all steps there ever were, in order: `function(value, key)` gives the new value, nothing to leave it as it is"""
    dry_run: bool
    """tell what would change, and change nothing"""

class NamedToolOptions(TypedDict, total=False):
    """What a tool written in the script is, when its name is given apart."""
    name: str
    """the name, when it is not given apart"""
    execute: Required[Callable[..., Any]]
    """`function(arguments)`; what it returns is the result"""
    description: str
    """one sentence for models"""
    parameters: Mapping[str, Any] | None
    """JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in"""
    input_schema: Mapping[str, Any] | None
    """the same as `parameters`"""
    output_schema: Mapping[str, Any] | None
    """JSON Schema of the result"""
    category: str
    """category it is listed under"""
    capabilities: Sequence[str]
    """capabilities it is found by"""
    examples: Sequence[Mapping[str, Any]]
    """calls that show its use"""
    effect: Literal["pure", "idempotent", "once"]
    """what may be repeated"""
    timeout: Duration
    """how long one call may take"""
    approval: bool
    """whether a person decides about each call that a model makes"""
    risk: Literal["read", "write", "outward", "execute"]
    """what a call can come to at worst; `outward` when its function sends data out"""
    labels: Sequence[Literal["private", "untrusted"]]
    """what is said of its results: they must not leave unseen, are from outside"""
    version: str
    """version of the tool"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when it fails, whoever calls it"""

class NamespaceOptions(TypedDict, total=False):
    """Where facts are."""
    namespace: Literal["agent", "session", "shared"] | None
    """where, if not where the agent's memory is"""

class NegotiateOptions(TypedDict, total=False):
    """Who is asked about a task."""
    agents: Sequence[AgentHandle | AgentCall | str]
    """agents that may take it, besides those with the `capabilities`"""
    capabilities: Sequence[str]
    """capabilities that an agent must have"""
    min_confidence: float
    """how sure the agent must be that takes it, from 0 to 1"""
    execute: bool
    """whether the agent that takes it does it at once"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the prompt of the agent that does it"""
    timeout: Duration | None
    """how long all of it may take"""

class ObservabilityOptions(TypedDict, total=False):
    """What is noted of the spell."""
    level: Literal["trace", "debug", "info", "warn", "error"] | None
    """notes of the spell below it go nowhere"""

class PeerOptions(TypedDict, total=False):
    """An agent that a model may hand over to."""
    agent: Required[AgentHandle | AgentCall | str]
    """the agent, or its name"""
    description: str
    """what it is for; the agent's own"""
    state_filter: Literal["all", "messages", "last", "none"] | int | Callable[[list[Record]], Any]
    """what crosses: all, what was said without use of tools, the user's last word, nothing, so many messages, or what a function of them returns"""
    tool: str
    """name by which the model hands over; `transfer_to_` and the agent's name"""

class PipelineOptions(TypedDict, total=False):
    """Tools to run one after the other."""
    name: Required[str]
    """name of the pipeline, under which a model may call it"""
    steps: Required[Sequence[StepOptions]]
    """what to do, in order; a step without `input` is given the result before"""
    type: str
    """kind of the workflow that it is: `graph` or `parallel`, too"""
    description: str
    """one sentence for models"""
    parameters: Mapping[str, Any] | None
    """JSON Schema of its input; anything without it"""
    error_strategy: str | Mapping[str, Any] | None
    """what to do when a step fails, see `ErrorStrategy`"""

class PlanOptions(TypedDict, total=False):
    """What is to be planned."""
    goal: Required[str]
    """what is to be reached"""
    constraints: Sequence[str]
    """what the plan must keep to"""
    max_steps: int
    """the most steps that it may have"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the system prompt"""

class ProblemOptions(TypedDict, total=False):
    """What is to be solved."""
    description: Required[str]
    """the problem"""
    constraints: Sequence[str]
    """what a solution must keep to"""
    context: Mapping[str, Any]
    """values for `{{x}}` in the system prompt"""

class ProviderOptions(TypedDict, total=False):
    """What agents of this provider are made with, where they say nothing themselves."""
    model: str | None
    """model"""
    default_model: str | None
    """the same as `model`"""
    temperature: float | None
    """randomness of the model"""
    top_p: float | None
    """share of likely tokens to choose from"""
    max_tokens: int | None
    """longest answer"""
    extra: Mapping[str, Any]
    """fields passed to the provider as they are"""

class PullOptions(TypedDict, total=False):
    """Who fetches a model, and who is told how far it is."""
    provider: str | None
    """the provider, by name"""
    on_progress: Callable[[Any], Any] | None
    """`function({done, total, message})`, bytes; `total` may be absent"""

class RecallOptions(TypedDict, total=False):
    """Which facts are wanted."""
    limit: int
    """only so many, the best"""
    namespace: Literal["agent", "session", "shared"] | None
    """where, if not where the agent's memory is"""

class ReplayOptions(TypedDict, total=False):
    """Which events to hand out again."""
    pattern: str
    """names, with `*`"""
    since: Any
    """seconds since the epoch, or a time"""
    until: Any
    """likewise"""
    limit: int | None
    """only so many, the newest"""

class Requirement(TypedDict, total=False):
    """Something that has to be done."""
    name: str
    """its name; who does it without one"""
    action: str
    """what its agent shall do"""
    capabilities: str | Sequence[str]
    """what who does it must be able to do"""
    agent: AgentHandle | AgentCall | str | None
    """who does it, when that is known"""
    tool: str | None
    """the tool that does it, when that is known"""
    needs: str | Sequence[str]
    """names of what must be done before, whose results it is given"""
    input: Any
    """what it is given, instead of the results of what it needs"""
    output: str
    """name of its result"""

class ResourceBounds(TypedDict, total=False):
    """What a spell of `Spell.create` may take."""
    max_parallel_agents: int | None
    """how many agents of its workflow work at once"""
    timeout_per_phase: Duration | None
    """time for a step of its workflow that says nothing else"""
    max_execution_time: Duration | None
    """time for all of it"""
    memory_limit: Size | None
    """memory of the script; refused when `[scripting] max_memory_usage` lets it have more"""

class ResourceLimits(TypedDict, total=False):
    """Limits to lower."""
    max_execution_time: Duration | None
    """time that the spell may still take, from its start"""
    max_concurrent_operations: int | None
    """calls that may be outstanding"""

class ResourceOptions(TypedDict, total=False):
    """Limits under the names of the older form."""
    max_execution_time: Duration | None
    """the same as `limits.seconds`"""

class RetryOptions(TypedDict, total=False):
    """How often a step is attempted."""
    attempts: int
    """attempts in all"""
    max_attempts: int | None
    """the same as `attempts`"""
    max_retries: int | None
    """attempts after the first"""
    delay: Duration
    """wait before the second"""
    backoff: float
    """factor by which the wait grows"""
    max_delay: Duration
    """longest wait"""
    only: Sequence[str]
    """types of errors that are worth it; all without it"""

class RollbackOptions(TypedDict, total=False):
    """How far a rollback may go."""
    force: bool
    """lose what was written since the migration"""

class RunsFilter(TypedDict, total=False):
    """Which runs are wanted."""
    status: Literal["running", "interrupted", "paused", "done", "failed", "cancelled"] | None
    """only those that are it now"""
    limit: int | None
    """only so many"""

class SecurityOptions(TypedDict, total=False):
    """Rights to keep, as on the command line: `fs.read=./data`, `net.connect=*.example.com:443`."""
    grants: Sequence[str]
    """what of each named right to keep; rights that are not named stay"""
    deny: Sequence[str]
    """targets to give up"""

class SessionFilter(TypedDict, total=False):
    """Which sessions are wanted."""
    status: Literal["active", "suspended", "expired"] | None
    """only those that are it now"""
    tag: str | None
    """only those that have this tag"""
    name: str | None
    """only the one with this name"""

class SessionOptions(TypedDict, total=False):
    """What a session starts with."""
    name: str
    """a name by which it can be found, too"""
    tags: Sequence[str]
    """words by which it can be found"""
    values: Mapping[str, Any]
    """its first values"""
    lifetime: Duration | None
    """it expires after so much time without a run; never without it"""

class SettingOptions(TypedDict, total=False):
    """Settings that may also stand on top."""
    retry_count: int | None
    """how often a failed call is repeated; the same as `retry.attempts`"""
    circuit_breaker: Mapping[str, Any] | None
    """as on top"""
    rate_limit: Mapping[str, Any] | None
    """as on top"""
    temperature: float | None
    """randomness of the model"""
    top_p: float | None
    """share of likely tokens to choose from"""
    max_tokens: int | None
    """longest answer"""
    timeout: Duration | None
    """the same as `limits.seconds`"""
    resources: ResourceOptions | None
    """limits under their older names"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when a run fails"""

class StartOptions(TypedDict, total=False):
    """A collaboration."""
    agents: Required[Sequence[Any]]
    """the agents, or their names"""
    strategy: Literal["sequential", "parallel", "consensus", "hierarchical", "dynamic"]
    """how they work together"""
    task: str
    """what is to be done"""
    steps: Sequence[StepOptions]
    """pieces of the work; one for each agent"""
    shared: Mapping[str, Any]
    """what all of them are told; also values for `{{x}}` in their prompts"""
    sync_points: Sequence[SyncOptions]
    """points where the work waits for some of its steps"""
    leader: Any
    """who plans, decides or puts together; the first agent"""
    concurrency: int
    """how many agents may work side by side; 0 for all"""
    voting: Literal["majority", "unanimous", "weighted", "ranked"]
    """how votes count: one each, all alike, by confidence and `weights`, by rank"""
    weights: Mapping[str, float]
    """weight of an agent's vote by its name, for `weighted`; 1"""
    threshold: float
    """share of all points above which a proposal is agreed on"""
    conflict: Literal["debate", "leader", "best", "fail"]
    """what to do when nothing is agreed on: argue and vote again, the leader decides, most points win, give up"""
    rounds: int
    """how often they vote, or how often the coordinator of `dynamic` chooses"""
    on_failure: Literal["retry", "reassign", "skip", "abort"] | None
    """what to do when an agent fails; each strategy has its own way"""
    retries: int
    """how often a failed piece is tried again, for `retry`"""
    timeout: Duration | None
    """how long all of it may take"""

class StepOptions(TypedDict, total=False):
    """A step: an agent, tool, workflow or function that does it; or a phase, which has steps of its own."""
    steps: Sequence[StepOptions]
    """what is done"""
    branches: Sequence[StepOptions]
    """the same as `steps`"""
    agents: Sequence[StepOptions]
    """the same as `steps`, of agents"""
    condition: Callable[[Record], Any] | str | bool | None
    """template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round"""
    if_true: StepOptions | None
    """branch of a conditional workflow"""
    true_branch: StepOptions | None
    """the same as `if_true`"""
    if_false: StepOptions | None
    """the other branch"""
    false_branch: StepOptions | None
    """the same as `if_false`"""
    map: StepOptions | None
    """step of a map-reduce for each item"""
    reduce: StepOptions | None
    """step of a map-reduce for the `results`"""
    body: StepOptions | Sequence[StepOptions] | None
    """the steps of a loop or fan-out"""
    while_condition: Callable[[Record], Any] | str | bool | None
    """the same as `condition`, of a loop"""
    until: Callable[[Record], Any] | str | None
    """condition that ends a loop, asked after each round"""
    until_condition: Callable[[Record], Any] | str | None
    """the same as `until`"""
    items: Callable[[Record], Any] | str | Sequence[Any] | Mapping[str, Any] | None
    """what a loop, fan-out, map-reduce or pipeline works on"""
    for_each: Callable[[Record], Any] | str | Sequence[Any] | Mapping[str, Any] | None
    """the same as `items`"""
    count: int | str | Callable[[Record], Any] | None
    """how many rounds a loop has"""
    times: int | str | Callable[[Record], Any] | None
    """the same as `count`"""
    max_iterations: int | None
    """how many rounds at most; 100 when only a condition ends a loop"""
    collect: bool | None
    """whether a loop gives a list of all rounds"""
    max_concurrency: int | None
    """how many steps at once; of those for each of `items` 500"""
    fail_fast: bool | None
    """whether the first failure ends the others"""
    require_minimum: int | None
    """how many steps must give something"""
    aggregation: AggregationOptions | None
    """how results are put together"""
    merge_strategy: str | None
    """the same as `aggregation.strategy`"""
    aggregate: Callable[[Record], Any] | None
    """the same as `aggregation.aggregate`"""
    continue_on_error: bool
    """whether it goes on when a step has failed"""
    timeout_per_step: Duration | None
    """time for one attempt of a step that says nothing else"""
    max_execution_time: Duration | None
    """time for all of it"""
    execute: Callable[[Record, Callable[..., Awaitable[Any]]], Any] | None
    """`function(context, run)` of a custom workflow; `run(name, input)` does a step"""
    options: Mapping[str, Any]
    """options of a kind that a plugin brings"""
    name: str
    """its name; who does it without one"""
    id: str
    """the same as `name`"""
    type: str
    """the kind of a phase, such as `parallel`"""
    component: AgentHandle | AgentCall | ToolHandle | ToolCall | WorkflowHandle | WorkflowCall | Callable[..., Any] | str | None
    """who does it, whatever that is"""
    agent: AgentHandle | AgentCall | str | None
    """the agent that does it, or its name; in a template `self`"""
    tool: ToolHandle | ToolCall | str | None
    """the tool that does it, or its name"""
    tools: Sequence[ToolHandle | ToolCall | str]
    """tools that do it side by side; with an `agent` tools that it is offered"""
    workflow: WorkflowHandle | WorkflowCall | str | None
    """the workflow that does it, or its name"""
    run: Callable[..., Any] | None
    """`function(context)` that does it; `function(context, input)` when there is an `input`"""
    code: str | None
    """source text that does it, in the language of `engine`; it reads `params.input`"""
    engine: str | None
    """name of the engine that runs `code`; that of the spell without it"""
    action: str | Callable[..., Any] | None
    """what its agent shall do; or the same as `run`"""
    query: str | None
    """the same as `action`"""
    task: str | None
    """the same as `action`"""
    prompt: str | None
    """the same as `action`"""
    input: Any
    """what it is given: a value with `{{x}}` in it, or `function(context)`; without it what the step before gave"""
    output: str
    """name of what it gives"""
    retry: RetryOptions | None
    """how often it is attempted"""
    timeout: Duration | None
    """time for one attempt"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when it fails, see `ErrorStrategy`"""
    depends_on: str | Sequence[str]
    """steps of a graph that come before it"""
    join: Literal["all", "any"]
    """whether it waits for all of them"""
    compensate: StepOptions | None
    """what takes it back when the workflow fails later; it knows the `output`"""

class StoreOperation(TypedDict, total=False):
    """One step of a transaction."""
    type: Literal["set", "put", "delete"] | None
    """what to do; without it a step with a value sets and one without deletes"""
    op: Literal["set", "put", "delete"] | None
    """the same as `type`"""
    key: Required[str]
    """the key"""
    value: Any
    """what to set"""

class Strategy(TypedDict, total=False):
    """What to do about an error. Keys `on_<type of error>` name a strategy for that type alone."""
    type: str | None
    """which way, see `ErrorStrategy`; without it the other keys decide"""
    operation: Callable[[], Any] | None
    """function to call again, for `retry`"""
    attempts: int
    """how often, for `retry`"""
    max_retries: int | None
    """the same as `attempts`"""
    retry_count: int | None
    """the same as `attempts`"""
    delay: Duration
    """wait before the first repetition"""
    initial_delay: Duration | None
    """the same as `delay`"""
    retry_delay: Duration | None
    """the same as `delay`"""
    backoff: float
    """factor by which the wait grows"""
    backoff_multiplier: float | None
    """the same as `backoff`"""
    max_delay: Duration
    """longest wait"""
    value: Any
    """result to use, for `fallback` and `continue_degraded`"""
    agent: AgentHandle | AgentCall | str | None
    """agent to ask instead, for `fallback`"""
    fallback_agent_id: AgentHandle | AgentCall | str | None
    """the same as `agent`"""
    tool: ToolHandle | ToolCall | str | None
    """tool to run instead, for `fallback`"""
    fallback_tool_name: ToolHandle | ToolCall | str | None
    """the same as `tool`"""
    input: Any
    """what the agent or tool is given; what failed was given this without it"""
    handler: Callable[[Any], Any] | None
    """`function(error)` whose value is the result, for `handler` and `fallback`"""
    strategies: Sequence[Any]
    """strategies to try one after the other, for `cascade`"""
    fallback_agents: Mapping[str, Any]
    """agent that failed -> agent to ask instead, for `cascade`"""
    fallback_behavior: str | None
    """name of the strategy to end with"""
    skip_failed_tools: bool | None
    """whether `continue_degraded` skips them"""
    use_cached_results: bool | None
    """whether `continue_degraded` uses them"""
    cache_timeout: Duration | None
    """how old a result of `fallback_to_cached` may be"""
    fallback_providers: Sequence[str]
    """`provider/model`, for `switch_to_fallback_provider`"""
    circuit_breaker: Mapping[str, Any] | None
    """keys of `[resilience.breaker]`, beside anything else"""
    failure_threshold: int | None
    """failures in a row that open the circuit, for `circuit_breaker`"""
    reset_timeout: Duration | None
    """how long the circuit stays open"""
    recovery_timeout: Duration | None
    """the same as `reset_timeout`"""
    after_parts: bool
    """whether a stream of which parts were read begins anew, after a part `reset`"""
    only: Sequence[str] | None
    """error types it is for; others are not recovered"""

class SubscribeOptions(TypedDict, total=False):
    """How a subscription is ordered and bounded."""
    priority: int
    """0-1000, higher is told first"""
    timeout: Duration | None
    """how long the handler may take"""
    queue: int
    """events that may wait for the handler"""
    overflow: Literal["block", "drop_oldest", "drop_newest", "error"]
    """what happens to an event that does not fit the queue"""
    filter: Callable[[Record], Any] | Mapping[str, Any] | None
    """`function(event)`, or fields that must be equal"""

class SuiteOptions(TypedDict, total=False):
    """Which of its tests run."""
    skip: bool | str
    """run none of them; text says why"""
    only: bool
    """run these and no others of the file"""

class SwarmGiven(TypedDict, total=False):
    """What `Swarm.create` gave, or the options of a swarm."""
    agents: Required[Sequence[Any]]
    """the agents, or their names"""
    rounds: int
    """how often each of them proposes"""
    keep: int
    """how many of the best solutions all of them see"""
    target: float | None
    """score from 0 to 10 that is good enough to stop"""
    patience: int
    """rounds without a better solution before they stop"""
    timeout: Duration | None
    """how long all of it may take"""
    names: Sequence[str]

class SwarmOptions(TypedDict, total=False):
    """A swarm: agents that better a solution by looking at the best ones so far."""
    agents: Required[Sequence[Any]]
    """the agents, or their names"""
    rounds: int
    """how often each of them proposes"""
    keep: int
    """how many of the best solutions all of them see"""
    target: float | None
    """score from 0 to 10 that is good enough to stop"""
    patience: int
    """rounds without a better solution before they stop"""
    timeout: Duration | None
    """how long all of it may take"""

class SyncOptions(TypedDict, total=False):
    """A point where the work waits for some of its steps, for `parallel`."""
    name: Required[str]
    """name by which steps depend on it"""
    wait_for: Required[Sequence[str]]
    """steps that must have ended"""
    require: int | None
    """how many of them must have succeeded; all"""

class TestOptions(TypedDict, total=False):
    """Whether a test runs, and how long it may take."""
    skip: bool | str
    """run none of them; text says why"""
    only: bool
    """run these and no others of the file"""
    timeout: Duration
    """longest time"""

class ToolOptions(TypedDict, total=False):
    """What a tool written in the script is."""
    name: Required[str]
    """snake_case name that models call"""
    execute: Required[Callable[..., Any]]
    """`function(arguments)`; what it returns is the result"""
    description: str
    """one sentence for models"""
    parameters: Mapping[str, Any] | None
    """JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in"""
    input_schema: Mapping[str, Any] | None
    """the same as `parameters`"""
    output_schema: Mapping[str, Any] | None
    """JSON Schema of the result"""
    category: str
    """category it is listed under"""
    capabilities: Sequence[str]
    """capabilities it is found by"""
    examples: Sequence[Mapping[str, Any]]
    """calls that show its use"""
    effect: Literal["pure", "idempotent", "once"]
    """what may be repeated"""
    timeout: Duration
    """how long one call may take"""
    approval: bool
    """whether a person decides about each call that a model makes"""
    risk: Literal["read", "write", "outward", "execute"]
    """what a call can come to at worst; `outward` when its function sends data out"""
    labels: Sequence[Literal["private", "untrusted"]]
    """what is said of its results: they must not leave unseen, are from outside"""
    version: str
    """version of the tool"""
    error_strategy: Strategy | Mapping[str, Any] | str | None
    """what to do when it fails, whoever calls it"""

class TraceOptions(TypedDict, total=False):
    """How much of a trace is wanted."""
    depth: int | None
    """only so many levels of operations"""
    only: Sequence[str]
    """only these operations: `llm_call`, `tool_execution`, ..."""
    messages: bool
    """also what went between the script and llmspell"""

class UpdateOptions(TypedDict, total=False):
    """How an update goes on when others write the key, too."""
    attempts: int
    """how often the function is asked"""

class WorkflowAgentOptions(TypedDict, total=False):
    """How a workflow is offered as an agent."""
    name: str
    """its name; the workflow's own"""
    description: str
    """what it is for; the workflow's own"""
    capabilities: Sequence[str]
    """words by which `Agent.find` and other agents find it"""

class WorkflowOptions(TypedDict, total=False):
    """A workflow."""
    steps: Sequence[StepOptions]
    """what is done"""
    branches: Sequence[StepOptions]
    """the same as `steps`"""
    agents: Sequence[StepOptions]
    """the same as `steps`, of agents"""
    condition: Callable[[Record], Any] | str | bool | None
    """template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round"""
    if_true: StepOptions | None
    """branch of a conditional workflow"""
    true_branch: StepOptions | None
    """the same as `if_true`"""
    if_false: StepOptions | None
    """the other branch"""
    false_branch: StepOptions | None
    """the same as `if_false`"""
    map: StepOptions | None
    """step of a map-reduce for each item"""
    reduce: StepOptions | None
    """step of a map-reduce for the `results`"""
    body: StepOptions | Sequence[StepOptions] | None
    """the steps of a loop or fan-out"""
    while_condition: Callable[[Record], Any] | str | bool | None
    """the same as `condition`, of a loop"""
    until: Callable[[Record], Any] | str | None
    """condition that ends a loop, asked after each round"""
    until_condition: Callable[[Record], Any] | str | None
    """the same as `until`"""
    items: Callable[[Record], Any] | str | Sequence[Any] | Mapping[str, Any] | None
    """what a loop, fan-out, map-reduce or pipeline works on"""
    for_each: Callable[[Record], Any] | str | Sequence[Any] | Mapping[str, Any] | None
    """the same as `items`"""
    count: int | str | Callable[[Record], Any] | None
    """how many rounds a loop has"""
    times: int | str | Callable[[Record], Any] | None
    """the same as `count`"""
    max_iterations: int | None
    """how many rounds at most; 100 when only a condition ends a loop"""
    collect: bool | None
    """whether a loop gives a list of all rounds"""
    max_concurrency: int | None
    """how many steps at once; of those for each of `items` 500"""
    fail_fast: bool | None
    """whether the first failure ends the others"""
    require_minimum: int | None
    """how many steps must give something"""
    aggregation: AggregationOptions | None
    """how results are put together"""
    merge_strategy: str | None
    """the same as `aggregation.strategy`"""
    aggregate: Callable[[Record], Any] | None
    """the same as `aggregation.aggregate`"""
    continue_on_error: bool
    """whether it goes on when a step has failed"""
    timeout_per_step: Duration | None
    """time for one attempt of a step that says nothing else"""
    max_execution_time: Duration | None
    """time for all of it"""
    execute: Callable[[Record, Callable[..., Awaitable[Any]]], Any] | None
    """`function(context, run)` of a custom workflow; `run(name, input)` does a step"""
    options: Mapping[str, Any]
    """options of a kind that a plugin brings"""
    name: str
    """its name"""
    type: str
    """its kind, for `Workflow.create`"""
    description: str
    """what it is for"""
    input: Mapping[str, Any] | None
    """JSON Schema of its input, or a map of names to types; anything without"""
    output: Any
    """template, map of templates or `function(context)` that makes its output"""
    timeout: Duration | None
    """time for all of it"""
    retry: RetryOptions | None
    """attempts of a step that says nothing else"""
    error_strategy: str | Mapping[str, Any] | None
    """what to do when a step fails, see `ErrorStrategy`; or a map of steps to that"""
    save_checkpoints: bool
    """whether its steps outlive the process; wants a durable run, which keeps every step"""
    checkpoint_interval: int | None
    """after how many steps at least; every step is kept, whatever it says, so none is done twice"""
    config: Mapping[str, Any]
    """options that may also stand on top"""

class WorkflowToolOptions(TypedDict, total=False):
    """How a workflow is offered as a tool."""
    name: str
    """snake_case name that models call; the workflow's own"""
    description: str
    """one sentence for models; the workflow's own"""

class WriteOptions(TypedDict, total=False):
    """When a value may be written or removed."""
    version: int | None
    """only when the key has this version; 0 means: only when it is absent"""

class _AgentMethods:
    @overload
    def as_tool(self, options: AsToolOptions = ...) -> ToolCall:
        """Make a tool of the agent, whose argument is `input` and whose result is what the agent answers.

        It has the rights that both the agent and its caller have; what it takes is counted for its caller, too. Where
        tools are listed an agent may stand for itself: `tools = {agent}`.
        """
    @overload
    def as_tool(self, **options: Unpack[AsToolOptions]) -> ToolCall: ...
    @overload
    def handoff(self, options: HandoffOptions) -> Call[Record]:
        """Give the agent's conversation to another agent, which goes on with it; returns what its `execute` returns.

        The conversation is the other agent's from now on, this one keeps its own as it is. Raises `handoff` for an
        agent that would hand over to itself, `agent_not_found`, and what the other agent's run raises.
        """
    @overload
    def handoff(self, **options: Unpack[HandoffOptions]) -> Call[Record]: ...
    @overload
    def delegate_to(self, other: AgentHandle | AgentCall | str, task: str | Mapping[str, Any], options: DelegateOptions = ...) -> Call[Record]:
        """Have another agent do a task for this one; returns what its `execute` returns.

        It has the rights that both have and stays within this agent's limits; what it takes is counted for both, and
        neither conversation changes. Raises `handoff` for the agent itself, `agent_not_found`, and what the other
        agent's run raises.
        """
    @overload
    def delegate_to(self, other: AgentHandle | AgentCall | str, /, **task: Any) -> Call[Record]: ...
    @overload
    def delegate_to(self, other: AgentHandle | AgentCall | str, task: str | Mapping[str, Any], /, **options: Unpack[DelegateOptions]) -> Call[Record]: ...
    @overload
    def negotiate_task(self, task: str | Mapping[str, Any], options: NegotiateOptions = ...) -> Call[Record]:
        """Ask agents whether they take a task, side by side, and choose the surest of those that do.

        Returns `{accepted, agent, confidence, bids}`; a bid is `{agent, accept, confidence, reason, conditions}`, or
        has the `error` for which there is none. With `execute` the chosen agent does the task, as `delegate_to` has it,
        and `result` is what it gave. Without agents or capabilities the agent itself is asked.
        """
    @overload
    def negotiate_task(self, **task: Any) -> Call[Record]: ...
    @overload
    def negotiate_task(self, task: str | Mapping[str, Any], /, **options: Unpack[NegotiateOptions]) -> Call[Record]: ...
    def get_state(self) -> Call[Record]:
        """Give the agent's state, a table that its spell keeps with it."""
    @overload
    def set_state(self, state: Mapping[str, Any]) -> Call[None]:
        """Replace the agent's state."""
    @overload
    def set_state(self, **state: Any) -> Call[None]: ...
    def clear_state(self) -> Call[None]:
        """Empty the agent's state."""
    def save_state(self) -> Call[None]:
        """Keep the agent's state and its conversation for agents of this name in later runs of the spell.

        They are `state` and `saved_conversation` in the scope `agent`.
        """
    def restore_state(self) -> Call[bool]:
        """Bring back the state and the conversation that `save_state` kept, and tell whether there were any."""
    def history(self) -> Call[_list[Record]]:
        """Give the conversation so far: `{role, content, tool_calls, results}` each.

        Where a summary stands for what came before, it is the first, with `summary = true`.
        """
    def get_history(self) -> Call[_list[Record]]:
        """Give the conversation so far: `{role, content, tool_calls, results}` each.

        Where a summary stands for what came before, it is the first, with `summary = true`.
        """
    @overload
    def add_to_history(self, message: HistoryMessage | Sequence[HistoryMessage]) -> Call[None]:
        """Add messages to the conversation without asking the model."""
    @overload
    def add_to_history(self, **message: Unpack[HistoryMessage]) -> Call[None]: ...
    @overload
    def add_history(self, message: HistoryMessage | Sequence[HistoryMessage]) -> Call[None]:
        """Add messages to the conversation without asking the model."""
    @overload
    def add_history(self, **message: Unpack[HistoryMessage]) -> Call[None]: ...
    def reset(self) -> Call[None]:
        """Forget the conversation, also where it is kept."""
    def clear_history(self) -> Call[None]:
        """Forget the conversation, also where it is kept."""
    @overload
    def remember(self, text: str, value: Any | None = None, options: NamespaceOptions | None = None) -> Call[str]:
        """Keep a text, or a value under a key, for this agent in later runs, too; give the key.

        `remember("Ada likes tea")` keeps the text under a new key, `remember("birthday", "1815-12-10")` a value, in the
        place of what was there.
        """
    @overload
    def remember(self, text: str, value: Any, /, **options: Unpack[NamespaceOptions]) -> Call[str]: ...
    @overload
    def recall(self, query: str | None = None, options: RecallOptions | None = None) -> Call[Any]:
        """Give what was remembered: the value under exactly this key, else a list of the facts whose words fit best.

        With options there is always a list: `{key, value, text, at, score}` each, the best first. Without a query the
        newest facts are listed.
        """
    @overload
    def recall(self, query: str | None, /, **options: Unpack[RecallOptions]) -> Call[Any]: ...
    @overload
    def forget(self, key: str | None = None, options: NamespaceOptions | None = None) -> Call[int]:
        """Forget the fact under a key, without one all facts; give their number."""
    @overload
    def forget(self, key: str | None, /, **options: Unpack[NamespaceOptions]) -> Call[int]: ...
    def missing_tools(self) -> Call[_list[Record]]:
        """List the tools that its template wants and nobody has: `{tool | capability, why, near}`."""
    def capabilities(self) -> Call[_list[str]]:
        """List what its template says it can do; nothing for an agent without template."""
    def list_workflows(self) -> Call[_list[str]]:
        """List the workflows that its template has; nothing for an agent without template."""
    def workflow(self, name: str) -> WorkflowCall:
        """Make a workflow that its template has; `self` is this agent there.

        Raises `workflow_not_found`, and `workflow_definition` with all that it wants and that is not there.
        """
    @overload
    def chat(self, message: ExecuteOptions | Mapping[str, Any] | str) -> Call[str]:
        """Say something and return the answer's text; the agent's `error_strategy` is followed when that fails.

        `message` is text, or a table that also brings `images`, `audio` or `files`: paths, addresses, data URLs, bytes.
        Where an `output` was asked for the text is its JSON; `execute` gives the value. Raises `limit_reached`,
        `timeout`, `output_mismatch`, provider errors, what a hook decides, and `approval_required` when a tool call
        waits for a person: `execute` gives what it takes to go on then. A durable run pauses there instead, until
        somebody has decided.
        """
    @overload
    def chat(self, message: ExecuteOptions | Mapping[str, Any] | str, options: ExecuteOptions | Mapping[str, Any] | str | None = None) -> Call[str | Record]: ...
    @overload
    def chat(self, **message: Any) -> Call[str | Record]: ...
    @overload
    def chat(self, message: ExecuteOptions | Mapping[str, Any] | str, /, **options: Any) -> Call[str | Record]: ...
    @overload
    def execute(self, given: ExecuteOptions | Mapping[str, Any] | str, options: ExecuteOptions | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.

        `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
        for, else the text.
        `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
        `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
        `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
        what the model thought and `media` are what it made, where there is any. Where others took over,
        `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
        """
    @overload
    def execute(self, **given: Any) -> Call[Record]: ...
    @overload
    def execute(self, given: ExecuteOptions | Mapping[str, Any] | str, /, **options: Any) -> Call[Record]: ...
    @overload
    def run(self, given: ExecuteOptions | Mapping[str, Any] | str, options: ExecuteOptions | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.

        `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
        for, else the text.
        `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
        `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
        `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
        what the model thought and `media` are what it made, where there is any. Where others took over,
        `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
        """
    @overload
    def run(self, **given: Any) -> Call[Record]: ...
    @overload
    def run(self, given: ExecuteOptions | Mapping[str, Any] | str, /, **options: Any) -> Call[Record]: ...
    @overload
    def invoke(self, given: ExecuteOptions | Mapping[str, Any] | str, options: ExecuteOptions | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.

        `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
        for, else the text.
        `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
        `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
        `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
        what the model thought and `media` are what it made, where there is any. Where others took over,
        `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
        """
    @overload
    def invoke(self, **given: Any) -> Call[Record]: ...
    @overload
    def invoke(self, given: ExecuteOptions | Mapping[str, Any] | str, /, **options: Any) -> Call[Record]: ...
    @overload
    def stream(self, given: ExecuteOptions | Mapping[str, Any] | str) -> StreamCall:
        """Run the agent and iterate over the parts of its answer; leaving the loop cancels the run.

        Parts are tables with a `type`: `text` and `reasoning` (with `text`), `tool_call_start|delta|end`,
        `tool_result`, `usage`, `finish`, `reset` (what came so far is void), `handoff` (with `from`, `to`, `reason`),
        `agent` (a `part` of an agent that it uses as a tool, named by `agent`), `answer`, and as the last one `done`
        with all that `execute` returns. Where an `output` was asked for there is
        also `partial`, with the `data` that are valid so far.

        The `error_strategy` is followed as in `execute` before the first part; a failure after it ends the stream with
        the error, unless the strategy has `after_parts`.
        """
    @overload
    def stream(self, **given: Any) -> StreamCall: ...
    @overload
    def steps(self, given: ExecuteOptions | Mapping[str, Any] | str) -> StreamCall:
        """Run the agent step by step: the next step begins when it is asked for; leaving the loop cancels the run.

        A step is `{type = "step", agent, kind = "ask" | "tools", turn, next, content, tool_calls, state}`: the model
        was asked, or the tool calls of its answer were settled. `resume` of this `agent` goes on from `state`: it is
        another one after a handoff. The last one is `done` with all that `execute` returns. No `error_strategy` is
        followed.
        """
    @overload
    def steps(self, **given: Any) -> StreamCall: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Go on with a run from its `state`, also one that another process began; returns what `execute` returns.

        `decisions` are by the ids of calls in `pending`: `"approve"`, `"reject"`, `{reason = "..."}` rejects and tells
        the model why, `{arguments = {...}}` approves with these arguments instead, and `always = "run" | "agent"`
        beside `decision`, `reason` or `arguments` settles later calls of the tool alike. Calls without a decision go on
        waiting; what has an outcome is not done again. No `error_strategy` is followed. A run that failed after an
        answer goes on likewise, from `context.run_state` of its error.

        Raises `run_state`, `approval_expired` and `validation` before anything is spent.
        """
    @overload
    def resume(self, **state: Any) -> Call[Record]: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], /, **decisions: Any) -> Call[Record]: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def resume_stream(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any] = ...) -> StreamCall:
        """Go on with a run as `resume` does and iterate over its parts as `stream` does."""
    @overload
    def resume_stream(self, **state: Any) -> StreamCall: ...
    @overload
    def resume_stream(self, state: str | Mapping[str, Any], /, **decisions: Any) -> StreamCall: ...
    def initialize(self) -> Call[Record]:
        """Make sure that the agent could work, before anything is asked: `{ready=true, provider, model, tools}`.

        An agent needs no such call: it is ready when it is made. Raises `agent_configuration` without a model,
        `component_unavailable` and `tool_not_found` for a provider or tool that cannot be loaded.
        """
    @overload
    def plan(self, goal: PlanOptions, options: CallOptions | None = None) -> Call[Record]:
        """Make a plan: `{goal, steps, order, assumptions, risks, usage}`.

        A step has `id, title, details, needs` (ids of steps before it) and `done_when`; `order` has the ids in lists,
        those that can go on together in one. A plan whose steps wait for each other in a circle is asked for again.
        Raises `output_mismatch` and as `chat` does.
        """
    @overload
    def plan(self, **goal: Unpack[PlanOptions]) -> Call[Record]: ...
    @overload
    def plan(self, goal: PlanOptions, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def reason(self, question: str, evidence: Sequence[str | Mapping[str, Any]] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Reason about a question step by step: `{question, steps, conclusion, confidence, gaps, evidence, usage}`.

        `evidence` are texts, or tables with a `text` and what else is to be known (`source`, ...). Each step says in
        `evidence` which of them it rests on, counted from 1; `evidence` of the result has those that were used.
        `confidence` is from 0 to 1, `gaps` is what would have to be known. Raises as `plan` does.
        """
    @overload
    def reason(self, question: str, evidence: Sequence[str | Mapping[str, Any]], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def solve_problem(self, problem: ProblemOptions, options: CallOptions | None = None) -> Call[Record]:
        """Solve a problem: weigh several ways, choose one, and check it against every constraint.

        Returns `{problem, understanding, options, chosen, solution, steps, checks, solved, confidence, open_questions,
        usage}`; a check has `constraint, met, how`, and `solved` says that all are met. Raises as `plan` does.
        """
    @overload
    def solve_problem(self, **problem: Unpack[ProblemOptions]) -> Call[Record]: ...
    @overload
    def solve_problem(self, problem: ProblemOptions, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def learn_from_feedback(self, feedback: FeedbackOptions, options: CallOptions | None = None) -> Call[Record]:
        """Learn from what somebody said: `{lessons, all}`, what was learned now and all that was learned so far.

        The model says what to keep to, in at most five sentences, unless a `lesson` is given. Lessons are told to the
        model with every request from now on. They lie in the agent's state as `lessons`: `save_state` keeps them for
        later runs, `clear_state` forgets them.
        """
    @overload
    def learn_from_feedback(self, **feedback: Unpack[FeedbackOptions]) -> Call[Record]: ...
    @overload
    def learn_from_feedback(self, feedback: FeedbackOptions, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def structured_output(self, prompt: str, schema: Mapping[str, Any], options: CallOptions | None = None) -> Call[Any]:
        """Ask for an answer of a form and give it, the `data` of `execute`. Raises `output_mismatch`."""
    @overload
    def structured_output(self, prompt: str, /, **schema: Any) -> Call[Any]: ...
    @overload
    def structured_output(self, prompt: str, schema: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Any]: ...
    @overload
    def chat_with_context(self, message: str, context: Mapping[str, Any]) -> Call[str]:
        """Say something in a context, and return the answer's text.

        `history` of the context is the conversation so far, `{role, content}` each, instead of the agent's own. Other
        values fill `{{x}}` of the system prompt, and those that it has no place for stand before the message.
        """
    @overload
    def chat_with_context(self, message: str, context: Mapping[str, Any], options: CallOptions | None = None) -> Call[str | Record]: ...
    @overload
    def chat_with_context(self, message: str, /, **context: Any) -> Call[str | Record]: ...
    @overload
    def chat_with_context(self, message: str, context: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[str | Record]: ...
    @overload
    def generate_with_tools(self, prompt: str, tools: Sequence[ToolHandle | ToolCall | str | ToolOptions], options: CallOptions | None = None) -> Call[Record]:
        """Run the agent with these tools and no others, and return what `execute` does.

        Raises `tool_not_found` and as `chat` does.
        """
    @overload
    def generate_with_tools(self, prompt: str, tools: Sequence[ToolHandle | ToolCall | str | ToolOptions], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def function_calling(self, functions: Sequence[FunctionOptions], prompt: str, options: CallOptions | None = None) -> Call[Record]:
        """Have the model choose functions to call: `{calls, content, usage}`; it is asked once.

        A call has `id, name, arguments`, and `faults` where those do not fit its parameters. Functions with `execute`
        are called with arguments that fit, and the call has their `result` or `error`; others are for the script to do.
        """
    @overload
    def function_calling(self, functions: Sequence[FunctionOptions], prompt: str, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    def get_prompt_template(self) -> Call[str]:
        """Give the system prompt as it was written, with its `{{x}}`."""
    def set_prompt_template(self, template: str) -> Call[None]:
        """Replace the system prompt from the next request on; raises `validation` for what is no template."""
    def update_system_prompt(self, template: str) -> Call[None]:
        """Replace the system prompt from the next request on; raises `validation` for what is no template."""
    @overload
    def render_prompt(self, context: Mapping[str, Any] = ...) -> Call[str]:
        """Write the system prompt with values; raises `validation` naming the first one that is missing."""
    @overload
    def render_prompt(self, **context: Any) -> Call[str]: ...
    def get_config(self) -> Call[Record]:
        """Give the agent's configuration."""
    @overload
    def update_config(self, changes: AgentChanges) -> Call[None]:
        """Change parts of the configuration; they hold from the next request on."""
    @overload
    def update_config(self, **changes: Unpack[AgentChanges]) -> Call[None]: ...
    @overload
    def add_tool(self, tool: ToolHandle | ToolCall | AgentHandle | AgentCall | str | ToolOptions) -> Call[None]:
        """Offer the agent one more tool, or another agent as one."""
    @overload
    def add_tool(self, **tool: Unpack[ToolOptions]) -> Call[None]: ...
    def remove_tool(self, tool: ToolHandle | ToolCall | str) -> Call[bool]:
        """Offer a tool no longer and tell whether it was offered; `"CalculatorTool"` means the tool `calculator`."""
    def list_skills(self) -> Call[_list[Record]]:
        """List the agent's skills: `{name, description, folder}`."""
    def list_tools(self) -> Call[_list[str]]:
        """List the names of the tools the agent is offered."""
    @overload
    def register_hook(self, point: str, hook: Callable[..., Any] | ListenerHandle | ListenerCall | HookSettings) -> HookCall:
        """Register a hook that sees this agent alone.

        `before_execution`, `after_execution` and `on_error` mean the agent's own run.
        """
    @overload
    def register_hook(self, point: str, /, **hook: Unpack[HookSettings]) -> HookCall: ...
    @overload
    def register_hook(self, point: str, hook: Callable[..., Any], /, **options: Unpack[HookSettings]) -> HookCall: ...
    def token_usage(self) -> Call[Record]:
        """Give what its runs took so far: `{agent, usage, cost, own, nested}`.

        `own` counts its own requests, `nested` those of each agent that it ran, in the same form; `usage` and `cost`
        (US dollars, as text) are the sum; `cost` is absent where a price is not known.
        """
    def estimated_cost(self) -> Call[str | None]:
        """Give what its runs cost so far in US dollars, as text; nothing when nobody knows.

        Where answers did not tell their cost, their tokens count by the price of the agent's model.
        """
    def health(self) -> Call[Record]:
        """Tell how the agent is: `{status = "ready" | "closed", healthy, name, messages, tools}`."""
    def close(self) -> Call[None]:
        """End the agent; its hooks are gone with it and its name is free."""
    def shutdown(self) -> Call[None]:
        """End the agent; its hooks are gone with it and its name is free."""

class AgentHandle(_AgentMethods, _Resource):
    """An agent that a script holds.

    It is closed when nobody refers to this object any more: no script, no name, no run under way, no other agent that
    falls back on it.
    """
    name: str
    id: str

class AgentCall(_Registering[AgentHandle], _AgentMethods):  # type: ignore[misc]  # a method of coroutines has this name
    async def __aenter__(self) -> AgentHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _TemplateMethods:
    @overload
    def create(self, config: Mapping[str, Any] = ...) -> AgentCall:
        """Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.

        Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
        error. Raises `agent_configuration`, `validation` and `tool_not_found`.
        """
    @overload
    def create(self, **config: Any) -> AgentCall: ...
    @overload
    def new(self, config: Mapping[str, Any] = ...) -> AgentCall:
        """Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.

        Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
        error. Raises `agent_configuration`, `validation` and `tool_not_found`.
        """
    @overload
    def new(self, **config: Any) -> AgentCall: ...
    @overload
    def extend(self, name: str | Mapping[str, Any], config: Mapping[str, Any] = ...) -> Call[TemplateHandle]:
        """Derive a template: `extend("name", {...})` or `extend{name = "name", ...}`; it can be found by that name.

        Texts and lists replace those of this one, tables are merged, capabilities and prompt additions are added;
        `additional_tools` adds tools and `remove_tools` takes some away.
        """
    @overload
    def extend(self, **name: Any) -> Call[TemplateHandle]: ...
    @overload
    def extend(self, name: str | Mapping[str, Any], /, **config: Any) -> Call[TemplateHandle]: ...
    def has_capability(self, capability: str) -> Call[bool]:
        """Tell whether agents of it can do something."""
    def inherits_from(self, name: str) -> Call[bool]:
        """Tell whether it is derived from another, also over several."""
    @overload
    def prompt(self, config: Mapping[str, Any] = ...) -> Call[str]:
        """Write the prompt that an agent of it would have."""
    @overload
    def prompt(self, **config: Any) -> Call[str]: ...

class TemplateHandle(_TemplateMethods, _Resource):
    """A template: its fields can be read, and `create` and `extend` may be called with a dot in every language.

    It reads as a table with all that it has of those it extends: `name, description, capabilities, system_prompt,
    tools, tool_capabilities, base_config, settings, workflows, lineage, missing_tools`, and every setting by its own
    name. `config` is a table that can be changed and given to `Template.define`.
    """
    name: str
    description: str
    system_prompt: str
    def __getattr__(self, name: str) -> Any: ...

class _ToolMethods:
    @overload
    def execute(self, arguments: Mapping[str, Any] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run the tool; `{parameters = {...}}` is accepted for `{...}`.

        Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
        `validation`, `permission_denied`, `refused` and what the tool raises.
        """
    @overload
    def execute(self, **arguments: Any) -> Call[Record]: ...
    @overload
    def execute(self, arguments: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def call(self, arguments: Mapping[str, Any] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run the tool; `{parameters = {...}}` is accepted for `{...}`.

        Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
        `validation`, `permission_denied`, `refused` and what the tool raises.
        """
    @overload
    def call(self, **arguments: Any) -> Call[Record]: ...
    @overload
    def call(self, arguments: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def run(self, arguments: Mapping[str, Any] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run the tool; `{parameters = {...}}` is accepted for `{...}`.

        Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
        `validation`, `permission_denied`, `refused` and what the tool raises.
        """
    @overload
    def run(self, **arguments: Any) -> Call[Record]: ...
    @overload
    def run(self, arguments: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def invoke(self, arguments: Mapping[str, Any] = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run the tool; `{parameters = {...}}` is accepted for `{...}`.

        Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
        `validation`, `permission_denied`, `refused` and what the tool raises.
        """
    @overload
    def invoke(self, **arguments: Any) -> Call[Record]: ...
    @overload
    def invoke(self, arguments: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def stream(self, arguments: Mapping[str, Any] = ..., options: CallOptions | None = None) -> StreamCall:
        """Run the tool and iterate over what it tells while it works; leaving the loop cancels it.

        Parts are the tool's own tables; the last one is `{type = "done", ...}` with all that `execute` returns. A tool
        that tells nothing gives that part alone.
        """
    @overload
    def stream(self, **arguments: Any) -> StreamCall: ...
    @overload
    def stream(self, arguments: Mapping[str, Any], /, **options: Unpack[CallOptions]) -> StreamCall: ...
    def get_name(self) -> Call[str]:
        """Give its name."""
    def get_description(self) -> Call[str]:
        """Give its sentence for models."""
    def get_category(self) -> Call[str]:
        """Give its category."""
    def get_input_schema(self) -> Call[Record]:
        """Give the JSON Schema of its arguments."""
    def get_output_schema(self) -> Call[Any]:
        """Give the JSON Schema of its result, nothing when it declares none."""
    def get_examples(self) -> Call[_list[Record]]:
        """Give calls that show its use: `{name, args, result}`."""
    def get_metadata(self) -> Call[Record]:
        """Give everything known of it, schemas and examples included."""
    def describe(self) -> Call[Record]:
        """Give everything known of it, schemas and examples included."""
    def to_function_definition(self) -> Call[Record]:
        """Give the definition by which a model is offered the tool: `{name, description, parameters}`."""
    @overload
    def parse_call(self, call: Mapping[str, Any]) -> Call[Record]:
        """Turn a model's call `{name, arguments}` into checked arguments; `arguments` may be a map or JSON text."""
    @overload
    def parse_call(self, **call: Any) -> Call[Record]: ...
    def can_chain_with(self, other: ToolHandle | ToolCall) -> Call[bool]:
        """Tell whether this tool's result can be another's input.

        It can when an output it declares is an argument of the other, or when the other requires one argument only.
        """
    @overload
    def chain_with(self, other: ToolHandle | ToolCall, arguments: Mapping[str, Any] = ...) -> Call[Record]:
        """Run this tool, then the other on its result, and return the other's result."""
    @overload
    def chain_with(self, other: ToolHandle | ToolCall, /, **arguments: Any) -> Call[Record]: ...

class ToolHandle(_ToolMethods, _Resource):
    """A tool that a script holds."""
    name: str
    description: str
    category: str
    version: str

class ToolCall(_Registering[ToolHandle], _ToolMethods):
    async def __aenter__(self) -> ToolHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _SubscriptionMethods:
    def remove(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""
    def unsubscribe(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""
    def cancel(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""
    def stats(self) -> Call[Record]:
        """Count: `{matched, filtered, failed, dropped, waiting, active}`."""

class SubscriptionHandle(_SubscriptionMethods, _Resource):
    """A subscription of this spell."""
    pattern: str

class SubscriptionCall(_Registering[SubscriptionHandle], _SubscriptionMethods):
    async def __aenter__(self) -> SubscriptionHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _ViewMethods:
    @overload
    def subscribe(self, pattern: str, handler: Callable[[Record], Any], options: SubscribeOptions | None = None) -> SubscriptionCall:
        """Subscribe to those events that pass the filter."""
    @overload
    def subscribe(self, pattern: str, handler: Callable[[Record], Any], /, **options: Unpack[SubscribeOptions]) -> SubscriptionCall: ...
    @overload
    def subscribe(self, pattern: str, /, **options: Unpack[SubscribeOptions]) -> SubscriptionCall: ...

class ViewHandle(_ViewMethods, _Resource):
    """The event bus seen through a filter."""

class ViewCall(_Registering[ViewHandle], _ViewMethods):
    async def __aenter__(self) -> ViewHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _HookMethods:
    def remove(self) -> Call[bool]:
        """Take the hook away and tell whether it was there."""
    def unregister(self) -> Call[bool]:
        """Take the hook away and tell whether it was there."""
    def stats(self) -> Call[Record]:
        """Count the hook's work: `{name, point, calls, failures, seconds}`; events have no seconds."""

class HookHandle(_HookMethods, _Resource):
    """A hook this spell registered."""
    name: str
    point: str

class HookCall(_Registering[HookHandle], _HookMethods):
    async def __aenter__(self) -> HookHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _ProceedMethods:
    @overload
    def run(self, context: Mapping[str, Any] | None = None) -> Call[Any]:
        """Run what is inside and return its output; a context with changed fields changes the call."""
    @overload
    def run(self, **context: Any) -> Call[Any]: ...
    @overload
    def call(self, context: Mapping[str, Any] | None = None) -> Call[Any]:
        """Run what is inside and return its output; a context with changed fields changes the call."""
    @overload
    def call(self, **context: Any) -> Call[Any]: ...

class ProceedHandle(_ProceedMethods, _Resource):
    """What an `around_*` hook wraps."""

class _ListenerMethods:
    def stats(self) -> Call[Record]:
        """Give what a collector counted: `{executions, failures, seconds, subjects}`; empty for other listeners."""

class ListenerHandle(_ListenerMethods, _Resource):
    """A ready-made hook; pass it to `Hooks.register` in place of a function."""

class ListenerCall(_Registering[ListenerHandle], _ListenerMethods):
    async def __aenter__(self) -> ListenerHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _SuiteMethods:
    @overload
    def suite(self, name: str, body: Callable[[SuiteHandle], Any] | None = None, options: SuiteOptions | None = None) -> SuiteCall:
        """Define a suite and give it; `body(suite)` is called at once and defines what is in it."""
    @overload
    def suite(self, name: str, body: Callable[[SuiteHandle], Any] | None, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def suite(self, name: str, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def describe(self, name: str, body: Callable[[SuiteHandle], Any] | None = None, options: SuiteOptions | None = None) -> SuiteCall:
        """Define a suite and give it; `body(suite)` is called at once and defines what is in it."""
    @overload
    def describe(self, name: str, body: Callable[[SuiteHandle], Any] | None, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def describe(self, name: str, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def test(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`."""
    @overload
    def test(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def test(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def it(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`."""
    @overload
    def it(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def it(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    def skip(self, name: str, body: Callable[[CaseHandle], Any] | None = None) -> Call[None]:
        """Define a test that does not run."""
    @overload
    def only(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test; of the file, it and others like it are all that runs."""
    @overload
    def only(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def only(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    def before_all(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call a function before the first test of the suite."""
    def before_each(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` before each test of the suite and of those in it."""
    def setup(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` before each test of the suite and of those in it."""
    def after_each(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` after each test, whether it passed or not."""
    def teardown(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` after each test, whether it passed or not."""
    def after_all(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call a function after the last test of the suite."""

class SuiteHandle(_SuiteMethods, _Resource):
    """A suite: what is defined on it belongs to it."""
    name: str

class SuiteCall(_Registering[SuiteHandle], _SuiteMethods):
    async def __aenter__(self) -> SuiteHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _CaseMethods:
    def skip(self, reason: str = 'skipped') -> Call[None]:
        """End the test without a verdict."""
    def assert_equals(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself."""
    def assert_equal(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself."""
    def assert_not_equals(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values differ somewhere."""
    def assert_not_equal(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values differ somewhere."""
    def assert_same(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are one and the same object."""
    def assert_not_same(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are two objects."""
    def assert_is_true(self, value: Any, message: str | None = None) -> None:
        """Check that a value is true itself, not only something that counts as true."""
    def assert_true(self, value: Any, message: str | None = None) -> None:
        """Check that a value is true itself, not only something that counts as true."""
    def assert_is_false(self, value: Any, message: str | None = None) -> None:
        """Check that a value is false itself."""
    def assert_false(self, value: Any, message: str | None = None) -> None:
        """Check that a value is false itself."""
    def assert_truthy(self, value: Any, message: str | None = None) -> None:
        """Check that a value counts as true in the language."""
    def assert_falsy(self, value: Any, message: str | None = None) -> None:
        """Check that a value counts as false in the language."""
    def assert_is_nil(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def assert_nil(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def assert_is_null(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def assert_is_none(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def assert_not_nil(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def assert_not_null(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def assert_not_none(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def assert_type(self, value: Any, name: Any, message: str | None = None) -> None:
        """Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.

        `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
        """
    def assert_is_type(self, value: Any, name: Any, message: str | None = None) -> None:
        """Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.

        `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
        """
    def assert_contains(self, whole: Any, part: Any, message: str | None = None) -> None:
        """Check that a text has a text in it, a list an equal item, a map a key."""
    def assert_not_contains(self, whole: Any, part: Any, message: str | None = None) -> None:
        """Check that it does not."""
    def assert_matches(self, text: str, pattern: Any, message: str | None = None) -> None:
        """Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`."""
    def assert_greater_than(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another."""
    def assert_greater(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another."""
    def assert_at_least(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another or equal."""
    def assert_less_than(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another."""
    def assert_less(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another."""
    def assert_at_most(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another or equal."""
    def assert_close_to(self, value: float, expected: float, tolerance: float = 1e-06, message: str | None = None) -> None:
        """Check that a number is at most `tolerance` away from another."""
    def assert_near(self, value: float, expected: float, tolerance: float = 1e-06, message: str | None = None) -> None:
        """Check that a number is at most `tolerance` away from another."""
    def assert_length(self, value: Any, expected: int, message: str | None = None) -> None:
        """Check how many items or keys there are, or how long a text is as the language counts it."""
    def assert_has_length(self, value: Any, expected: int, message: str | None = None) -> None:
        """Check how many items or keys there are, or how long a text is as the language counts it."""
    def assert_throws(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def assert_raises(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def assert_error(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def assert_fail(self, message: str = 'the test failed') -> None:
        """Fail."""

class CaseHandle(_CaseMethods, _Resource):
    """A test while it runs: what its function gets. Every assertion of `Assert` is a method of it."""
    name: str

class _MockMethods:
    def calls(self) -> Call[_list[Any]]:
        """Give the arguments of every call so far, in order."""
    def remove(self) -> Call[None]:
        """Let the tool itself answer again."""
    def restore(self) -> Call[None]:
        """Let the tool itself answer again."""

class MockHandle(_MockMethods, _Resource):
    """Stands in for a tool of this run until it is removed or the spell ends."""
    name: str

class MockCall(_Registering[MockHandle], _MockMethods):
    async def __aenter__(self) -> MockHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _SpellMethods:
    def close(self) -> Call[bool]:
        """End the spell with all it registered and loaded, and tell whether it was open.

        Its functions cannot be called any more.
        """

class SpellHandle(_SpellMethods, _Resource):
    """A spell that this one loaded: what it exports can be read as fields, and called where it is a function.

    `exports` has all of it, `path` and `engine` tell where it comes from. An export named like one of these, or like a
    method, is found in `exports`.
    """
    path: str
    engine: str
    def __getattr__(self, name: str) -> Any: ...

class SpellCall(_Registering[SpellHandle], _SpellMethods):  # type: ignore[misc]  # a method of coroutines has this name
    async def __aenter__(self) -> SpellHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _ComposedMethods:
    @overload
    def cast(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it as an operation of its own and return what `workflow:execute` returns."""
    @overload
    def cast(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def execute(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it as an operation of its own and return what `workflow:execute` returns."""
    @overload
    def execute(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def run(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it as an operation of its own and return what `workflow:execute` returns."""
    @overload
    def run(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...

class ComposedHandle(_ComposedMethods, _Resource):
    """A spell made of a workflow; it can be cast any number of times."""
    name: str
    description: str

class ComposedCall(_Registering[ComposedHandle], _ComposedMethods):
    async def __aenter__(self) -> ComposedHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _SessionMethods:
    def info(self) -> Call[Record]:
        """Tell about it: `{id, name, status, suspended, tags, created, used, lifetime, runs}`, times in seconds."""
    def state(self) -> Call[StateHandle]:
        """Give its state: the scope `session` of this session, also in a run that did not join it."""
    def values(self) -> Call[Record]:
        """Give all its values by key."""
    def suspend(self) -> Call[Record]:
        """Put it to rest: no run may join it, and it does not expire. Gives what `info` does."""
    def resume(self) -> Call[Record]:
        """Make it usable again, also when it has expired. Gives what `info` does."""
    def tag(self, tags: str | None = None) -> Call[_list[str]]:
        """Add tags and list them all."""
    def untag(self, tags: str | None = None) -> Call[_list[str]]:
        """Take tags away and list those that are left."""
    def extend(self, lifetime: Duration | None = None) -> Call[None]:
        """Let it expire after another time without a run; never, when none is given."""
    def remove(self) -> Call[None]:
        """Forget it with all its values and their histories; an error while a run uses it."""

class SessionHandle(_SessionMethods, _Resource):
    """A session that a script holds; `info` tells how it is now."""
    id: str
    name: str

class _StateMethods:
    def get(self, key: str, default: Any | None = None) -> Call[Any]:
        """Read a value; `default` when the key is absent."""
    @overload
    def set(self, key: str, value: Any, options: WriteOptions | None = None) -> Call[int]:
        """Write a value and give its version; with `{version = n}` only when the key has that version.

        Otherwise it raises `state_conflict`, and nothing is written.
        """
    @overload
    def set(self, key: str, value: Any, /, **options: Unpack[WriteOptions]) -> Call[int]: ...
    @overload
    def put(self, key: str, value: Any, options: WriteOptions | None = None) -> Call[int]:
        """Write a value and give its version; with `{version = n}` only when the key has that version.

        Otherwise it raises `state_conflict`, and nothing is written.
        """
    @overload
    def put(self, key: str, value: Any, /, **options: Unpack[WriteOptions]) -> Call[int]: ...
    @overload
    def set_many(self, values: Mapping[str, Any]) -> Call[Record]:
        """Write several values, all or none, and give their versions."""
    @overload
    def set_many(self, **values: Any) -> Call[Record]: ...
    @overload
    def set_batch(self, values: Mapping[str, Any]) -> Call[Record]:
        """Write several values, all or none, and give their versions."""
    @overload
    def set_batch(self, **values: Any) -> Call[Record]: ...
    @overload
    def update(self, key: str, change: Callable[[Any, int], Any], options: UpdateOptions | None = None) -> Call[Record]:
        """Write what `change(value, version)` gives and return the entry.

        The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
        nothing is an error: it is a `return` forgotten more often than a value.
        """
    @overload
    def update(self, key: str, change: Callable[[Any, int], Any], /, **options: Unpack[UpdateOptions]) -> Call[Record]: ...
    def increment(self, key: str, by: int = 1) -> Call[int]:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
    @overload
    def delete(self, key: str, options: WriteOptions | None = None) -> Call[bool]:
        """Remove a key and tell whether it was there; its history stays."""
    @overload
    def delete(self, key: str, /, **options: Unpack[WriteOptions]) -> Call[bool]: ...
    @overload
    def remove(self, key: str, options: WriteOptions | None = None) -> Call[bool]:
        """Remove a key and tell whether it was there; its history stays."""
    @overload
    def remove(self, key: str, /, **options: Unpack[WriteOptions]) -> Call[bool]: ...
    def clear(self, prefix: str = '') -> Call[int]:
        """Remove the keys with a prefix, all or none, and give their number."""
    def exists(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def has(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def entry(self, key: str) -> Call[Record | None]:
        """Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent."""
    def list(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def keys(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def entries(self, prefix: str = '') -> Call[_list[Record]]:
        """List the entries, in the order of their keys."""
    @overload
    def history(self, key: str, options: HistoryOptions | None = None) -> Call[_list[Record]]:
        """List the versions of a key that are kept, the newest first; `[state] history` says how many."""
    @overload
    def history(self, key: str, /, **options: Unpack[HistoryOptions]) -> Call[_list[Record]]: ...
    def revert(self, key: str, version: int) -> Call[int]:
        """Write the value of an older version once more and give the new version."""
    def subscribe(self, pattern: str, handler: Callable[[Record], Any]) -> Call[State_subscriptionHandle]:
        """Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.

        It hears the changes of all runs of this application, not those of other processes. The value is not told: read
        it with `get`.
        """
    def watch(self, pattern: str, handler: Callable[[Record], Any]) -> Call[State_subscriptionHandle]:
        """Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.

        It hears the changes of all runs of this application, not those of other processes. The value is not told: read
        it with `get`.
        """
    def export(self, prefix: str = '') -> Call[Record]:
        """Give the entries with a prefix as one map, which `import` reads and JSON can say."""
    @overload
    def import_(self, document: Mapping[str, Any], options: ImportOptions | None = None) -> Call[int]:
        """Write what `export` gave, all or nothing, and give the number of values written."""
    @overload
    def import_(self, **document: Any) -> Call[int]: ...
    @overload
    def import_(self, document: Mapping[str, Any], /, **options: Unpack[ImportOptions]) -> Call[int]: ...
    @overload
    def hand_over(self, to: StateHandle, options: HandOverOptions | None = None) -> Call[_list[str]]:
        """Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them."""
    @overload
    def hand_over(self, to: StateHandle, /, **options: Unpack[HandOverOptions]) -> Call[_list[str]]: ...
    @overload
    def migrate(self, options: MigrateOptions) -> Call[Record]:
        """Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.

        Copies are made first, and all values change at once or, when a step fails for one, none does
        (`state_migration` names every key).
        """
    @overload
    def migrate(self, **options: Unpack[MigrateOptions]) -> Call[Record]: ...
    @overload
    def rollback(self, options: RollbackOptions | None = None) -> Call[Record]:
        """Undo the last migration; without `force` it raises `state_migration` when values were written since."""
    @overload
    def rollback(self, **options: Unpack[RollbackOptions]) -> Call[Record]: ...
    def schema_version(self) -> Call[int]:
        """Give the number of migration steps that the scope has had."""

class StateHandle(_StateMethods, _Resource):
    """One scope of the state."""
    scope: str

class _State_subscriptionMethods:
    def remove(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""
    def unsubscribe(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""
    def cancel(self) -> Call[bool]:
        """End the subscription and tell whether it was active."""

class State_subscriptionHandle(_State_subscriptionMethods, _Resource):
    """A function that is called when values change."""
    pattern: str

class _WorkflowMethods:
    def pause(self) -> Call[None]:
        """Let no further step begin; those under way go on. Raises `workflow_state` when nothing runs."""
    def resume(self) -> Call[None]:
        """Let steps begin again; raises `workflow_state` when nothing is paused."""
    def cancel(self, reason: str = '') -> Call[None]:
        """End it with the steps that are under way; who waits for it is told `workflow_cancelled`."""
    def get_status(self) -> Call[Record]:
        """Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.

        `state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
        """
    def status(self) -> Call[Record]:
        """Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.

        `state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
        """
    def on_step_complete(self, callback: Callable[[Record, Any], Any]) -> Call[None]:
        """Call `callback(step, output)` after each step; `step` is its record with its `name`."""
    def on_error(self, callback: Callable[[Record, Any], Any]) -> Call[None]:
        """Call `callback(error, step)` when a step has failed, and when the workflow has: `step` has its name then."""
    def on_progress(self, callback: Callable[[Record], Any]) -> Call[None]:
        """Call `callback(status)` after each step, with what `get_status` gives."""
    def on_complete(self, callback: Callable[[Record], Any]) -> Call[None]:
        """Call `callback(result)` when it has come to its end."""
    @overload
    def execute(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.

        `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
        keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
        with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
        """
    @overload
    def execute(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def run(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.

        `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
        keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
        with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
        """
    @overload
    def run(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    @overload
    def invoke(self, given: Any = ..., options: CallOptions | None = None) -> Call[Record]:
        """Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.

        `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
        keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
        with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
        """
    @overload
    def invoke(self, given: Any, /, **options: Unpack[CallOptions]) -> Call[Record]: ...
    def execute_step(self, name: str, given: Any = ...) -> Call[Any]:
        """Do one of its steps by itself, with a workflow's input, and return what it gives; no other step is done.

        Raises `workflow_not_found` for none of this name, and what the step fails with.
        """
    def start(self, given: Any = ...) -> Workflow_runCall:
        """Begin to run it and go on; the run has `wait`, `status`, `pause`, `resume` and `cancel`."""
    @overload
    def as_tool(self, options: WorkflowToolOptions | None = None) -> ToolCall:
        """Make a tool of it, for agents and `Tools.register`: its arguments are the input, its result the output."""
    @overload
    def as_tool(self, **options: Unpack[WorkflowToolOptions]) -> ToolCall: ...
    @overload
    def as_agent(self, options: WorkflowAgentOptions | None = None) -> AgentCall:
        """Make an agent of it, which answers by running it, for handoffs, teams and other workflows.

        What the agent is told is the input: text, or a table where the text is JSON. Only its steps ask models.
        """
    @overload
    def as_agent(self, **options: Unpack[WorkflowAgentOptions]) -> AgentCall: ...
    def mermaid(self) -> Call[str]:
        """Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them."""
    def to_mermaid(self) -> Call[str]:
        """Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them."""
    @overload
    def add_step(self, step: StepOptions, position: int | None = None) -> Call[None]:
        """Add a step, at the end or at a position (from 1); a run under way does it, too, when it comes to it.

        Raises `workflow_definition` with all that would be wrong then; the workflow stays as it is.
        """
    @overload
    def add_step(self, **step: Unpack[StepOptions]) -> Call[None]: ...
    def remove_step(self, name: str) -> Call[bool]:
        """Remove a step that no other needs, and tell whether it was there; raises `workflow_definition`."""
    def get_steps(self) -> Call[_list[Record]]:
        """List its steps: `{name, role, subject, output, depends_on, steps}`, those of phases within it, too."""

class WorkflowHandle(_WorkflowMethods, _Resource):
    """A workflow that a script holds; it can be run any number of times."""
    name: str
    type: str
    description: str

class WorkflowCall(_Registering[WorkflowHandle], _WorkflowMethods):
    async def __aenter__(self) -> WorkflowHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _Workflow_runMethods:
    def wait(self, timeout: Duration | None = None) -> Call[Record]:
        """Wait for its end and return what `workflow:execute` returns, or raise what that raises."""
    def status(self) -> Call[Record]:
        """Tell how far it has come; see `workflow.get_status`."""
    def get_status(self) -> Call[Record]:
        """Tell how far it has come; see `workflow.get_status`."""
    def pause(self) -> Call[None]:
        """Let no further step begin; those under way go on. Raises `workflow_state` when it does not run."""
    def resume(self) -> Call[None]:
        """Let steps begin again; raises `workflow_state` when it is not paused."""
    def cancel(self, reason: str = '') -> Call[None]:
        """End it with the steps that are under way; raises `workflow_state` when it is over."""

class Workflow_runHandle(_Workflow_runMethods, _Resource):
    """One run of a workflow that goes on beside the script; it ends with the spell."""
    workflow: str

class Workflow_runCall(_Registering[Workflow_runHandle], _Workflow_runMethods):
    async def __aenter__(self) -> Workflow_runHandle: ...
    async def __aexit__(self, *error: object) -> None: ...

class _AgentNamespace:
    """Models with a prompt, tools, limits and a memory of their conversation."""
    @overload
    def template(self, name: str, config: Mapping[str, Any] | None = None) -> Call[TemplateHandle]:
        """Fetch a template of agents by name; with a table, define it under this name, see `Template.define`."""
    @overload
    def template(self, name: str, /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def get_template(self, name: str, config: Mapping[str, Any] | None = None) -> Call[TemplateHandle]:
        """Fetch a template of agents by name; with a table, define it under this name, see `Template.define`."""
    @overload
    def get_template(self, name: str, /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def extend(self, base: str | TemplateHandle, name: str | Mapping[str, Any], config: Mapping[str, Any] = ...) -> Call[TemplateHandle]:
        """Derive a template from another; see `Template.extend`."""
    @overload
    def extend(self, base: str | TemplateHandle, /, **name: Any) -> Call[TemplateHandle]: ...
    @overload
    def extend(self, base: str | TemplateHandle, name: str | Mapping[str, Any], /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def create_from_config(self, config: str | Mapping[str, Any]) -> AgentCall:
        """Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file."""
    @overload
    def create_from_config(self, **config: Any) -> AgentCall: ...
    @overload
    def from_config(self, config: str | Mapping[str, Any]) -> AgentCall:
        """Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file."""
    @overload
    def from_config(self, **config: Any) -> AgentCall: ...
    @overload
    def new(self, config: AgentOptions = ...) -> AgentCall:
        """Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.

        Without `provider` and `model` the first provider that is configured answers.
        """
    @overload
    def new(self, **config: Unpack[AgentOptions]) -> AgentCall: ...
    @overload
    def create(self, config: AgentOptions = ...) -> AgentCall:
        """Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.

        Without `provider` and `model` the first provider that is configured answers.
        """
    @overload
    def create(self, **config: Unpack[AgentOptions]) -> AgentCall: ...
    def get(self, name: str) -> AgentCall:
        """Give the agent of this name, the newest one. Raises `agent_not_found` with the nearest names."""
    @overload
    def execute(self, name: str | AgentHandle | AgentCall, given: ExecuteOptions | Mapping[str, Any] | str, options: ExecuteOptions | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Run an agent by name; see `agent:execute`."""
    @overload
    def execute(self, name: str | AgentHandle | AgentCall, /, **given: Any) -> Call[Record]: ...
    @overload
    def execute(self, name: str | AgentHandle | AgentCall, given: ExecuteOptions | Mapping[str, Any] | str, /, **options: Any) -> Call[Record]: ...
    @overload
    def find(self, options: FindOptions = ...) -> Call[_list[AgentHandle]]:
        """Find agents of this spell that have all of these capabilities, and any of these words; best match first."""
    @overload
    def find(self, **options: Unpack[FindOptions]) -> Call[_list[AgentHandle]]: ...
    def list(self) -> Call[_list[AgentHandle]]:
        """List the agents that have a name."""
    @overload
    def __call__(self, config: AgentOptions = ...) -> AgentCall:
        """Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.

        Without `provider` and `model` the first provider that is configured answers.
        """
    @overload
    def __call__(self, **config: Unpack[AgentOptions]) -> AgentCall: ...

Agent: _AgentNamespace

class _TemplateNamespace:
    """Templates of agents: prompts, settings, tools and workflows from which agents are made.

    Those that a spell defines come first, then those that `llmspell template install` keeps, then those of plugins.
    """
    def get(self, name: str) -> Call[TemplateHandle]:
        """Fetch a template by name, alias or `plugin:name`. Raises `component_not_found` with the nearest names."""
    def list(self) -> Call[_list[TemplateHandle]]:
        """List the templates by name; one that is wrong is left out and warned of."""
    @overload
    def find(self, options: FindOptions | None = None) -> Call[_list[TemplateHandle]]:
        """Find templates by what their agents can do, and by text."""
    @overload
    def find(self, **options: Unpack[FindOptions]) -> Call[_list[TemplateHandle]]: ...
    @overload
    def discover(self, options: FindOptions | None = None) -> Call[_list[TemplateHandle]]:
        """Find templates by what their agents can do, and by text."""
    @overload
    def discover(self, **options: Unpack[FindOptions]) -> Call[_list[TemplateHandle]]: ...
    @overload
    def define(self, name: str | Mapping[str, Any], config: Mapping[str, Any] = ...) -> Call[TemplateHandle]:
        """Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.

        It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
        that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
        """
    @overload
    def define(self, **name: Any) -> Call[TemplateHandle]: ...
    @overload
    def define(self, name: str | Mapping[str, Any], /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def register(self, name: str | Mapping[str, Any], config: Mapping[str, Any] = ...) -> Call[TemplateHandle]:
        """Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.

        It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
        that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
        """
    @overload
    def register(self, **name: Any) -> Call[TemplateHandle]: ...
    @overload
    def register(self, name: str | Mapping[str, Any], /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def extend(self, base: str | TemplateHandle, name: str | Mapping[str, Any], config: Mapping[str, Any] = ...) -> Call[TemplateHandle]:
        """Derive a template from another; see `template.extend`."""
    @overload
    def extend(self, base: str | TemplateHandle, /, **name: Any) -> Call[TemplateHandle]: ...
    @overload
    def extend(self, base: str | TemplateHandle, name: str | Mapping[str, Any], /, **config: Any) -> Call[TemplateHandle]: ...
    @overload
    def create(self, name: str | TemplateHandle, config: Mapping[str, Any] = ...) -> AgentCall:
        """Make an agent of a template; see `template.create`."""
    @overload
    def create(self, name: str | TemplateHandle, /, **config: Any) -> AgentCall: ...
    def load(self, path: str) -> Call[TemplateHandle]:
        """Define the template of a TOML file, which needs `fs.read`.

        Raises `agent_configuration` with the line of each fault.
        """
    @overload
    def validate(self, template: str | Mapping[str, Any]) -> Call[Record]:
        """Check the text of a TOML file, or a table: `{valid, faults}`, each fault with `path, message` and `line`."""
    @overload
    def validate(self, **template: Any) -> Call[Record]: ...

Template: _TemplateNamespace

class _ModelsNamespace:
    """What providers can besides chat: vectors of texts, the list of their models, fetching one, counting tokens.

    Each call is a `provider_call` operation. Who is not named is chosen: the default provider, else the first
    configured one that can. One that cannot is an error of type `capability_missing`, which names those that can.
    """
    def providers(self, capability: str | None = None) -> Call[_list[Record]]:
        """List providers, all or those with a capability: `{name, aliases, description, capabilities, configured}`.

        Capabilities are among `text, tools, tool_choice, json_schema, json_schema_with_tools, images, audio, files,
        reasoning, embeddings, models, pull, count_tokens`.
        """
    def list(self, provider: str | None = None) -> Call[_list[Record]]:
        """List the models that a provider has: `{name, provider, capabilities, context, data}`.

        `context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
        tell. `data` is what it said.
        """
    def models(self, provider: str | None = None) -> Call[_list[Record]]:
        """List the models that a provider has: `{name, provider, capabilities, context, data}`.

        `context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
        tell. `data` is what it said.
        """
    @overload
    def embed(self, texts: str | Sequence[str], options: EmbedOptions | None = None) -> Call[Record]:
        """Turn texts into vectors: `{vectors, model, provider, dimensions, usage}`, one vector for each text, in order.

        For a single text (not a list) there is `vector`, too.
        """
    @overload
    def embed(self, texts: str | Sequence[str], /, **options: Unpack[EmbedOptions]) -> Call[Record]: ...
    @overload
    def pull(self, model: str, options: PullOptions | None = None) -> Call[None]:
        """Fetch a model to where it runs and return when it can be asked.

        How far it is goes to `on_progress`, and to whoever subscribes to `progress`. Raises `model_not_found` when
        nobody has it.
        """
    @overload
    def pull(self, model: str, /, **options: Unpack[PullOptions]) -> Call[None]: ...
    @overload
    def count_tokens(self, text: str | Sequence[Mapping[str, Any]], options: CountOptions | None = None) -> Call[int]:
        """Count the tokens that a provider would charge for a text, or for messages `{role, content}`, as input."""
    @overload
    def count_tokens(self, text: str | Sequence[Mapping[str, Any]], /, **options: Unpack[CountOptions]) -> Call[int]: ...

Models: _ModelsNamespace

class _ToolNamespace:
    """Tools written in the script."""
    @overload
    def new(self, config: ToolOptions) -> ToolCall:
        """Make a tool of a function; pass it to agents, or `Tools.register` it for use by name."""
    @overload
    def new(self, **config: Unpack[ToolOptions]) -> ToolCall: ...
    @overload
    def create(self, config: ToolOptions) -> ToolCall:
        """Make a tool of a function; pass it to agents, or `Tools.register` it for use by name."""
    @overload
    def create(self, **config: Unpack[ToolOptions]) -> ToolCall: ...
    @overload
    def __call__(self, config: ToolOptions) -> ToolCall:
        """Make a tool of a function; pass it to agents, or `Tools.register` it for use by name."""
    @overload
    def __call__(self, **config: Unpack[ToolOptions]) -> ToolCall: ...

Tool: _ToolNamespace

class _ToolsNamespace:
    """The catalogue of tools: those of plugins and those this spell registered.

    `Tools.web_search` (or `Tools.webSearch`) is short for `Tools.get("web_search")`; `CalculatorTool.new{...}` builds a
    variant of a tool with options and preset arguments of its own.
    """
    def get(self, name: str) -> ToolCall:
        """Fetch a tool by name, alias or `plugin:name`. Raises `tool_not_found` with the nearest names."""
    def list(self, category: str | None = None) -> Call[_list[ToolHandle]]:
        """List tools, all or those of one category."""
    def search(self, query: str) -> Call[_list[ToolHandle]]:
        """Find tools by words of their name and description, best match first."""
    @overload
    def discover(self, options: DiscoverOptions | None = None) -> Call[_list[ToolHandle]]:
        """Find tools by capability, category, text and version."""
    @overload
    def discover(self, **options: Unpack[DiscoverOptions]) -> Call[_list[ToolHandle]]: ...
    def get_by_category(self, category: str) -> Call[_list[ToolHandle]]:
        """List the tools of one category."""
    @overload
    def create(self, name: str | NamedToolOptions, config: NamedToolOptions | None = None) -> ToolCall:
        """Make a tool of a function: `Tools.create("name", {execute=...})` or `Tools.create{name=..., execute=...}`."""
    @overload
    def create(self, **name: Unpack[NamedToolOptions]) -> ToolCall: ...
    @overload
    def create(self, name: str | NamedToolOptions, /, **config: Unpack[NamedToolOptions]) -> ToolCall: ...
    @overload
    def create_pipeline(self, options: PipelineOptions) -> ToolCall:
        """Make one tool of several that run one after the other.

        It is a workflow: its steps may be all that those of a workflow are. Its result has each step's `output` by
        name, and the last one as `output`. Raises `workflow_definition` with everything that is wrong; what a step
        raises has `pipeline` and `step` in its context.
        """
    @overload
    def create_pipeline(self, **options: Unpack[PipelineOptions]) -> ToolCall: ...
    @overload
    def register(self, tool: ToolHandle | ToolCall | ToolOptions) -> ToolCall:
        """Make a tool of this script available by name until the spell ends. Raises `name_clash` for a name in use."""
    @overload
    def register(self, **tool: Unpack[ToolOptions]) -> ToolCall: ...
    def unregister(self, tool: ToolHandle | ToolCall | str) -> Call[bool]:
        """Withdraw a tool this spell registered and tell whether it was there."""
    agent_finder: ToolCall
    base64_encoder: ToolCall
    calculator: ToolCall
    date_time_handler: ToolCall
    diff_calculator: ToolCall
    directory_lister: ToolCall
    file_archiver: ToolCall
    file_converter: ToolCall
    file_metadata: ToolCall
    file_reader: ToolCall
    file_search: ToolCall
    file_system: ToolCall
    file_watcher: ToolCall
    file_writer: ToolCall
    hash_calculator: ToolCall
    template_processor: ToolCall
    text_manipulator: ToolCall
    uuid_generator: ToolCall
    def __getattr__(self, name: str) -> ToolCall: ...

Tools: _ToolsNamespace

class _EventsNamespace:
    """What happened, told to whoever listens. docs/reference/events.md lists what the kernel emits.

    A handler gets `{type, name, data, timestamp, sequence, run, source}`; keys of `data` can be read on top where they
    do not collide. The data of a failure has `error` and, of it, `error_type`, `message` and `retry_after`. What a
    handler returns means nothing; a coroutine or promise it returns is run. Handlers see the events of their own run.
    """
    @overload
    def subscribe(self, pattern: str, handler: Callable[[Record], Any], options: SubscribeOptions | None = None) -> SubscriptionCall:
        """Call a function for each event whose name matches: `"agent_error"`, `"tool_*"`, `"*"`."""
    @overload
    def subscribe(self, pattern: str, handler: Callable[[Record], Any], /, **options: Unpack[SubscribeOptions]) -> SubscriptionCall: ...
    @overload
    def subscribe(self, pattern: str, /, **options: Unpack[SubscribeOptions]) -> SubscriptionCall: ...
    def unsubscribe(self, subscription: SubscriptionHandle | SubscriptionCall | str, handler: Callable[[Record], Any] | None = None) -> Call[bool]:
        """End a subscription: its handle, or its pattern and handler. Tells whether there was one."""
    @overload
    def emit(self, event: str | EmittedEvent, data: Mapping[str, Any] = ...) -> Call[None]:
        """Tell everybody: `Events.emit("name", {...})` or `Events.emit{type = "name", data = {...}}`."""
    @overload
    def emit(self, **event: Unpack[EmittedEvent]) -> Call[None]: ...
    @overload
    def emit(self, event: str | EmittedEvent, /, **data: Any) -> Call[None]: ...
    @overload
    def emit_sync(self, event: str | EmittedEvent, data: Mapping[str, Any] = ...) -> Call[None]:
        """Tell everybody without waiting for full queues."""
    @overload
    def emit_sync(self, **event: Unpack[EmittedEvent]) -> Call[None]: ...
    @overload
    def emit_sync(self, event: str | EmittedEvent, /, **data: Any) -> Call[None]: ...
    @overload
    def filter(self, predicate: Callable[[Record], Any] | Mapping[str, Any]) -> ViewCall:
        """See the bus through a filter: a function of the event, or fields that must be equal."""
    @overload
    def filter(self, **predicate: Any) -> ViewCall: ...
    @overload
    def replay(self, options: ReplayOptions | float | Any | None = None, until: Any | None = None) -> StreamCall:
        """Iterate over the remembered events of this run, oldest first: what options choose, or between two moments."""
    @overload
    def replay(self, **options: Unpack[ReplayOptions]) -> StreamCall: ...
    def flush(self, timeout: Duration = 5.0) -> Call[bool]:
        """Wait until the events so far have been handled, and tell whether they were in time.

        Handlers run beside the spell: call this before reading what they gathered. Within a handler it waits in vain.
        """
    def stats(self) -> Call[Record]:
        """Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions."""
    def get_stats(self) -> Call[Record]:
        """Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions."""
    def statistics(self) -> Call[Record]:
        """Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions."""
    def sleep(self, duration: Duration) -> Call[None]:
        """Wait; a bare number is seconds (milliseconds in JavaScript)."""

Events: _EventsNamespace

class _HooksNamespace:
    """Functions around what agents, models, tools and stores do. docs/reference/hooks.md lists the points.

    A hook gets a context table. Before an operation it may return nothing (no opinion), the context with changed
    fields, or `{refuse = "reason"}`; after it nothing or the context with a changed `output`; on an error nothing or a
    value to use instead. Around an operation it gets `(context, proceed)` and calls `proceed:run()`. Anything else is
    an error, and a hook that raises fails the operation.
    """
    @overload
    def register(self, point: str, hook: Callable[..., Any] | ListenerHandle | ListenerCall | HookSettings) -> HookCall:
        """Register a hook for this spell, as a function or `{handler=, priority=, when=, mode=, timeout=, name=, ...}`.

        Raises `hook_not_found` with the nearest points, `hook_priority`, `hook_dependency`.
        """
    @overload
    def register(self, point: str, /, **hook: Unpack[HookSettings]) -> HookCall: ...
    @overload
    def register(self, point: str, hook: Callable[..., Any], /, **options: Unpack[HookSettings]) -> HookCall: ...
    def unregister(self, hook: HookHandle | HookCall | str, name: str | HookHandle | HookCall | None = None) -> Call[bool]:
        """Take a hook away: its handle, or its point and name. Tells whether it was there."""
    def list(self, point: str | None = None) -> Call[_list[HookHandle]]:
        """List the hooks of this spell, all or those at one point."""
    @overload
    def create_logger(self, options: LoggerOptions | None = None) -> ListenerCall:
        """Make a hook that notes every operation it is registered for."""
    @overload
    def create_logger(self, **options: Unpack[LoggerOptions]) -> ListenerCall: ...
    @overload
    def create_metrics_collector(self, options: CollectorOptions | None = None) -> ListenerCall:
        """Make a hook that counts operations, failures and seconds; register it at `after_*` and `*_error`."""
    @overload
    def create_metrics_collector(self, **options: Unpack[CollectorOptions]) -> ListenerCall: ...
    @overload
    def create_validator(self, schema: Mapping[str, Any]) -> ListenerCall:
        """Make a hook that refuses operations whose input does not fit a JSON Schema; register it at `before_*`."""
    @overload
    def create_validator(self, **schema: Any) -> ListenerCall: ...
    def create_transformer(self, transformer: Callable[[Any], Any]) -> ListenerCall:
        """Make a hook that sends the input (before) or the output (after) through a function."""
    def points(self) -> Call[_list[str]]:
        """List the names of all hook points."""
    def stats(self) -> Call[Record]:
        """Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`."""
    def get_stats(self) -> Call[Record]:
        """Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`."""
    def statistics(self) -> Call[Record]:
        """Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`."""
    def parts(self) -> Call[Record]:
        """Give what the hooks of plugins that are switched on part by part have counted: `{retry = ..., budget = ...}`.

        They count for the whole process; a part that is off is not there.
        """

Hooks: _HooksNamespace

class _ConfigNamespace:
    """Settings of this application, with secrets masked, and values of this run.

    `set` changes what this run reads, nothing else: `providers.default` chooses the provider of agents made without
    one, other values are the spell's own. `configure_*` takes effect for the rest of the run, and gives a spell less
    than it had, never more.
    """
    def get(self, key: str, default: Any | None = None) -> Call[Any]:
        """Read a value by its dotted key (`providers.default`); `default` when there is none."""
    def set(self, key: str, value: Any) -> Call[None]:
        """Set a value for this run. Raises `permission_denied` for a section that decides what the spell may do."""
    def list(self, prefix: str = '') -> Call[_list[str]]:
        """List the dotted keys that have a value, all or those below a prefix."""
    def keys(self, prefix: str = '') -> Call[_list[str]]:
        """List the dotted keys that have a value, all or those below a prefix."""
    def get_provider_config(self, provider: str) -> Call[Record]:
        """Give a provider's section, secrets masked; raises `component_not_found` for a provider nobody installed."""
    @overload
    def configure_provider(self, provider: str, config: ProviderOptions) -> Call[None]:
        """Say with what the agents of a provider are made from now on; raises `component_not_found`.

        Keys and addresses are the application's: they are refused.
        """
    @overload
    def configure_provider(self, provider: str, /, **config: Unpack[ProviderOptions]) -> Call[None]: ...
    def get_security_config(self) -> Call[Record]:
        """Tell what this spell may do: its rights, as they were granted."""
    @overload
    def configure_security(self, config: SecurityOptions) -> Call[None]:
        """Give up rights for the rest of the run. Raises `permission_denied` for one that was never granted."""
    @overload
    def configure_security(self, **config: Unpack[SecurityOptions]) -> Call[None]: ...
    def get_resource_config(self) -> Call[Record]:
        """Tell what this spell may use: seconds, bytes, and calls at a time; nothing where there is no limit."""
    @overload
    def configure_resources(self, config: ResourceLimits) -> Call[None]:
        """Lower limits of this run. Raises `permission_denied` for one that is more than the spell has."""
    @overload
    def configure_resources(self, **config: Unpack[ResourceLimits]) -> Call[None]: ...
    def get_observability_config(self) -> Call[Record]:
        """Tell what is noted of this spell: `{level}`."""
    @overload
    def configure_observability(self, config: ObservabilityOptions) -> Call[None]:
        """Choose what is noted of this spell."""
    @overload
    def configure_observability(self, **config: Unpack[ObservabilityOptions]) -> Call[None]: ...

Config: _ConfigNamespace

class _StorageNamespace:
    """Values under text keys, in the spell's own namespace. Each write is a `state_write` operation.

    Values are what JSON can say. A value of nothing is kept as nothing: `exists` tells it from an absent key.
    """
    def get(self, key: str, default: Any | None = None) -> Call[Any]:
        """Read a value; `default` when the key is absent."""
    def set(self, key: str, value: Any) -> Call[None]:
        """Write a value."""
    def put(self, key: str, value: Any) -> Call[None]:
        """Write a value."""
    def delete(self, key: str) -> Call[bool]:
        """Remove a key and tell whether it was there."""
    def remove(self, key: str) -> Call[bool]:
        """Remove a key and tell whether it was there."""
    def exists(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def has(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def increment(self, key: str, by: int = 1) -> Call[int]:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
    @overload
    def merge(self, key: str, changes: Mapping[str, Any]) -> Call[Record]:
        """Change members of the map at a key in one step and return it; maps within it are merged, too.

        An absent key counts as an empty map; a member that is null is removed (a Lua table cannot hold one).
        """
    @overload
    def merge(self, key: str, /, **changes: Any) -> Call[Record]: ...
    def get_batch(self, keys: Sequence[str]) -> Call[Record]:
        """Read several keys; absent ones are left out."""
    @overload
    def set_batch(self, values: Mapping[str, Any]) -> Call[None]:
        """Write several values, all or none."""
    @overload
    def set_batch(self, **values: Any) -> Call[None]: ...
    def delete_batch(self, keys: Sequence[str]) -> Call[None]:
        """Remove several keys, all or none."""
    def transaction(self, operations: Sequence[StoreOperation]) -> Call[None]:
        """Apply steps `{type = "set", key, value}` and `{type = "delete", key}` in order, all or none."""
    def list(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def keys(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def query(self, predicate: Callable[[str, Any], Any], prefix: str = '') -> Call[Record]:
        """Give the pairs for which `predicate(key, value)` is true."""
    def clear(self, prefix: str = '') -> Call[int]:
        """Remove every key of the spell, or those with a prefix, and give their number."""
    def stats(self) -> Call[Record]:
        """Count `{keys, bytes}` of the spell's namespace."""

Storage: _StorageNamespace

class _StateNamespace:
    """Values with versions, in scopes: `run` (until it ends), `session`, `agent`, `shared`, `process`.

    The functions of the namespace work in the session's scope when the run has a session (`run --session`), else in
    that of the run; `State.scope` gives the others. Values are what JSON can say. Each write is a `state_write`
    operation with the right `state.write` for `state:<scope>/<key>`, durable when it returns; reading needs
    `state.read`.
    """
    def get(self, key: str, default: Any | None = None) -> Call[Any]:
        """Read a value; `default` when the key is absent."""
    @overload
    def set(self, key: str, value: Any, options: WriteOptions | None = None) -> Call[int]:
        """Write a value and give its version; with `{version = n}` only when the key has that version.

        Otherwise it raises `state_conflict`, and nothing is written.
        """
    @overload
    def set(self, key: str, value: Any, /, **options: Unpack[WriteOptions]) -> Call[int]: ...
    @overload
    def put(self, key: str, value: Any, options: WriteOptions | None = None) -> Call[int]:
        """Write a value and give its version; with `{version = n}` only when the key has that version.

        Otherwise it raises `state_conflict`, and nothing is written.
        """
    @overload
    def put(self, key: str, value: Any, /, **options: Unpack[WriteOptions]) -> Call[int]: ...
    @overload
    def set_many(self, values: Mapping[str, Any]) -> Call[Record]:
        """Write several values, all or none, and give their versions."""
    @overload
    def set_many(self, **values: Any) -> Call[Record]: ...
    @overload
    def set_batch(self, values: Mapping[str, Any]) -> Call[Record]:
        """Write several values, all or none, and give their versions."""
    @overload
    def set_batch(self, **values: Any) -> Call[Record]: ...
    @overload
    def update(self, key: str, change: Callable[[Any, int], Any], options: UpdateOptions | None = None) -> Call[Record]:
        """Write what `change(value, version)` gives and return the entry.

        The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
        nothing is an error: it is a `return` forgotten more often than a value.
        """
    @overload
    def update(self, key: str, change: Callable[[Any, int], Any], /, **options: Unpack[UpdateOptions]) -> Call[Record]: ...
    def increment(self, key: str, by: int = 1) -> Call[int]:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
    @overload
    def delete(self, key: str, options: WriteOptions | None = None) -> Call[bool]:
        """Remove a key and tell whether it was there; its history stays."""
    @overload
    def delete(self, key: str, /, **options: Unpack[WriteOptions]) -> Call[bool]: ...
    @overload
    def remove(self, key: str, options: WriteOptions | None = None) -> Call[bool]:
        """Remove a key and tell whether it was there; its history stays."""
    @overload
    def remove(self, key: str, /, **options: Unpack[WriteOptions]) -> Call[bool]: ...
    def clear(self, prefix: str = '') -> Call[int]:
        """Remove the keys with a prefix, all or none, and give their number."""
    def exists(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def has(self, key: str) -> Call[bool]:
        """Tell whether a key is there."""
    def entry(self, key: str) -> Call[Record | None]:
        """Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent."""
    def list(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def keys(self, prefix: str = '') -> Call[_list[str]]:
        """List the keys, in order."""
    def entries(self, prefix: str = '') -> Call[_list[Record]]:
        """List the entries, in the order of their keys."""
    @overload
    def history(self, key: str, options: HistoryOptions | None = None) -> Call[_list[Record]]:
        """List the versions of a key that are kept, the newest first; `[state] history` says how many."""
    @overload
    def history(self, key: str, /, **options: Unpack[HistoryOptions]) -> Call[_list[Record]]: ...
    def revert(self, key: str, version: int) -> Call[int]:
        """Write the value of an older version once more and give the new version."""
    def subscribe(self, pattern: str, handler: Callable[[Record], Any]) -> Call[State_subscriptionHandle]:
        """Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.

        It hears the changes of all runs of this application, not those of other processes. The value is not told: read
        it with `get`.
        """
    def watch(self, pattern: str, handler: Callable[[Record], Any]) -> Call[State_subscriptionHandle]:
        """Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.

        It hears the changes of all runs of this application, not those of other processes. The value is not told: read
        it with `get`.
        """
    def export(self, prefix: str = '') -> Call[Record]:
        """Give the entries with a prefix as one map, which `import` reads and JSON can say."""
    @overload
    def import_(self, document: Mapping[str, Any], options: ImportOptions | None = None) -> Call[int]:
        """Write what `export` gave, all or nothing, and give the number of values written."""
    @overload
    def import_(self, **document: Any) -> Call[int]: ...
    @overload
    def import_(self, document: Mapping[str, Any], /, **options: Unpack[ImportOptions]) -> Call[int]: ...
    @overload
    def hand_over(self, to: StateHandle, options: HandOverOptions | None = None) -> Call[_list[str]]:
        """Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them."""
    @overload
    def hand_over(self, to: StateHandle, /, **options: Unpack[HandOverOptions]) -> Call[_list[str]]: ...
    @overload
    def migrate(self, options: MigrateOptions) -> Call[Record]:
        """Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.

        Copies are made first, and all values change at once or, when a step fails for one, none does
        (`state_migration` names every key).
        """
    @overload
    def migrate(self, **options: Unpack[MigrateOptions]) -> Call[Record]: ...
    @overload
    def rollback(self, options: RollbackOptions | None = None) -> Call[Record]:
        """Undo the last migration; without `force` it raises `state_migration` when values were written since."""
    @overload
    def rollback(self, **options: Unpack[RollbackOptions]) -> Call[Record]: ...
    def schema_version(self) -> Call[int]:
        """Give the number of migration steps that the scope has had."""
    def scope(self, name: str, owner: str | None = None) -> Call[StateHandle]:
        """Give one scope: `State.scope("shared")`, `State.scope("agent", "researcher")`.

        `owner` is the name of an agent of this spell, or the id of a session that is not the run's own.
        """
    def stats(self) -> Call[Record]:
        """Count what memory holds of the store's values: `{heads, packed, bytes, compressions, evictions}`."""

State: _StateNamespace

class _SessionNamespace:
    """What several runs have in common: values, a name, tags. A run joins one with `run --session` or `Session.join`.

    Then `State` is the session's. It outlives the runs, can be suspended and resumed, and expires when no run used it
    for longer than its lifetime; an expired one loses nothing until it is purged.
    """
    @overload
    def create(self, options: SessionOptions | None = None) -> Call[SessionHandle]:
        """Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`."""
    @overload
    def create(self, **options: Unpack[SessionOptions]) -> Call[SessionHandle]: ...
    @overload
    def new(self, options: SessionOptions | None = None) -> Call[SessionHandle]:
        """Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`."""
    @overload
    def new(self, **options: Unpack[SessionOptions]) -> Call[SessionHandle]: ...
    def open(self, id_or_name: str) -> Call[SessionHandle]:
        """Find a session by its id or name; raises `session_not_found`."""
    def get(self, id_or_name: str) -> Call[SessionHandle]:
        """Find a session by its id or name; raises `session_not_found`."""
    @overload
    def list(self, options: SessionFilter | None = None) -> Call[_list[Record]]:
        """List sessions, the last used first, as `info` tells about each."""
    @overload
    def list(self, **options: Unpack[SessionFilter]) -> Call[_list[Record]]: ...
    def current(self) -> Call[SessionHandle | None]:
        """Give the session of this run, nothing when it has none."""
    def join(self, id_or_name: str) -> Call[SessionHandle]:
        """Make this run part of a session until it ends: `State` is the session's from now on.

        Raises `session` when it is suspended or has expired, or when the run belongs to another one.
        """
    def purge(self, idle: Duration = 0.0) -> Call[_list[str]]:
        """Remove the sessions that have expired and were not used for so long, and list their ids."""

Session: _SessionNamespace

class _RunsNamespace:
    """What durable runs did: those of `run --durable`, whose logs lie in the user's folder.

    A spell knows its own runs: those of a spell of its name in its folder. It knows the others when it may read the
    files of their logs (`--allow-read`). What an earlier run was told is private, and what it was answered comes from
    outside.
    """
    def current(self) -> Call[Any]:
        """Tell about this run: `{id, name, durable, started, parent}`; `parent` is `[id, record]` in a fork."""
    @overload
    def list(self, options: RunsFilter | None = None) -> Call[Any]:
        """List the runs that this one knows, the latest first: `{id, name, status, started, changed, records}` each."""
    @overload
    def list(self, **options: Unpack[RunsFilter]) -> Call[Any]: ...
    def get(self, id: str) -> Call[Any]:
        """Tell about a run, named by its id or the beginning of one: `{run, totals, uncertain}`.

        Raises `run_not_found`, also for one that this run may not know.
        """
    @overload
    def trace(self, id: str, options: TraceOptions | None = None) -> Call[Any]:
        """Tell what a run did, as `llmspell runs trace --json` does: `{trace, run, totals, operations}`.

        Raises `run_not_found`, also for one that this run may not know.
        """
    @overload
    def trace(self, id: str, /, **options: Unpack[TraceOptions]) -> Call[Any]: ...

Runs: _RunsNamespace

class _WorkflowNamespace:
    """Steps of agents, tools, functions and other workflows, in an order, side by side, by conditions, in rounds.

    A step names who does it (`agent`, `tool`, `workflow`, `run`, or `steps` of its own), what it is given (`input`) and
    what its result is called (`output`). Texts may hold `{{x}}`: an output, a key of the input, `input.x`,
    `steps.name`, `previous`. Kinds are plugins; those that are named here come with llmspell-workflows.
    """
    @overload
    def new(self, kind: str | WorkflowOptions, options: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.

        Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
        plugin brings.
        """
    @overload
    def new(self, **kind: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def new(self, kind: str | WorkflowOptions, /, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def create(self, kind: str | WorkflowOptions, options: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.

        Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
        plugin brings.
        """
    @overload
    def create(self, **kind: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def create(self, kind: str | WorkflowOptions, /, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def sequential(self, options: WorkflowOptions | Sequence[StepOptions]) -> WorkflowCall:
        """Make a workflow of steps one after the other; its value is that of the last one."""
    @overload
    def sequential(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def parallel(self, options: WorkflowOptions | Sequence[StepOptions], more: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of steps side by side; its value is put together of all (`aggregation`).

        Without `fail_fast` all come to their ends; then all must have given something, or `require_minimum` of them.
        """
    @overload
    def parallel(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def parallel(self, options: WorkflowOptions | Sequence[StepOptions], /, **more: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def conditional(self, options: WorkflowOptions | Callable[[Record], Any] | str, if_true: StepOptions | None = None, if_false: StepOptions | None = None) -> WorkflowCall:
        """Make a workflow that does `if_true` or `if_false`, or the first of `branches` whose `condition` holds."""
    @overload
    def conditional(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def conditional(self, options: WorkflowOptions | Callable[[Record], Any] | str, /, **if_true: Unpack[StepOptions]) -> WorkflowCall: ...
    @overload
    def conditional(self, options: WorkflowOptions | Callable[[Record], Any] | str, if_true: StepOptions | None, /, **if_false: Unpack[StepOptions]) -> WorkflowCall: ...
    @overload
    def loop(self, options: WorkflowOptions | Callable[[Record], Any] | str, body: StepOptions | None = None, more: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of rounds: while a `condition` holds, `until` one does, for each of `items`, or `count`."""
    @overload
    def loop(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def loop(self, options: WorkflowOptions | Callable[[Record], Any] | str, /, **body: Unpack[StepOptions]) -> WorkflowCall: ...
    @overload
    def loop(self, options: WorkflowOptions | Callable[[Record], Any] | str, body: StepOptions | None, /, **more: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def fan_out(self, options: WorkflowOptions) -> WorkflowCall:
        """Make a workflow of steps for each of `items`, side by side; its value is the list of what they gave."""
    @overload
    def fan_out(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def map_reduce(self, options: WorkflowOptions) -> WorkflowCall:
        """Make a workflow of a step `map` for each of `items`, side by side, and a step `reduce` for the `results`."""
    @overload
    def map_reduce(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def pipeline(self, options: WorkflowOptions | Sequence[StepOptions]) -> WorkflowCall:
        """Make a workflow that passes what a step gives to the next; with `items` each of them goes through all."""
    @overload
    def pipeline(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def graph(self, options: WorkflowOptions | Sequence[StepOptions]) -> WorkflowCall:
        """Make a workflow of steps that begin when those of their `depends_on` are done; circles are refused."""
    @overload
    def graph(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def saga(self, options: WorkflowOptions | Sequence[StepOptions]) -> WorkflowCall:
        """Make a sequential workflow whose steps are taken back (`compensate`), the last first, when one fails."""
    @overload
    def saga(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def custom(self, options: WorkflowOptions | Callable[[Record, Callable[..., Awaitable[Any]]], Any]) -> WorkflowCall:
        """Make a workflow of a function `execute(context, run)`; `run(name, input)` does a step and gives its value."""
    @overload
    def custom(self, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def from_pattern(self, name: str, options: Mapping[str, Any]) -> WorkflowCall:
        """Make a workflow by a named pattern: `Workflow.from_pattern("review_loop", {writer = ..., reviewer = ...})`.

        `Workflow.patterns()` says which there are and what each needs; a part is an agent, tool, workflow, function, or
        a table as of a step. Raises `workflow_not_found`, `validation`, and `workflow_definition`.
        """
    @overload
    def from_pattern(self, name: str, /, **options: Any) -> WorkflowCall: ...
    def patterns(self) -> Call[_list[Record]]:
        """List the named patterns: `{name, description, needs, takes}`."""
    @overload
    def define(self, name: str, options: WorkflowOptions) -> Call[None]:
        """Keep the options of a workflow, with a `type`, as a template, of which `Workflow.from_template` makes one."""
    @overload
    def define(self, name: str, /, **options: Unpack[WorkflowOptions]) -> Call[None]: ...
    @overload
    def from_template(self, name: str, changes: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of a template, with changes: options, and steps by name; `remove_steps` leaves some out.

        Raises `workflow_not_found`, and `workflow_definition` with everything that is wrong with it.
        """
    @overload
    def from_template(self, name: str, /, **changes: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def generate(self, options: GenerateOptions) -> WorkflowCall:
        """Make a graph that does what is required, each part by an agent that has its `capabilities`.

        Of several agents the one with least to do is taken. Raises `workflow_definition` with every requirement that
        nobody meets, and with all else that is wrong.
        """
    @overload
    def generate(self, **options: Unpack[GenerateOptions]) -> WorkflowCall: ...
    @overload
    def adapt(self, workflow: str | WorkflowHandle | WorkflowCall, changes: AdaptOptions) -> Call[Record]:
        """Change a workflow, also while it runs: `{modification = "none" | "minor" | "major", added, replaced, ...}`.

        Steps that have begun stay as they are: changing them is an error of type `workflow_state`. Raises
        `workflow_not_found` for a step that is not there, and `workflow_definition`; nothing has changed then.
        """
    @overload
    def adapt(self, workflow: str | WorkflowHandle | WorkflowCall, /, **changes: Unpack[AdaptOptions]) -> Call[Record]: ...
    def get(self, name: str) -> WorkflowCall:
        """Give the workflow of this name, the newest one. Raises `workflow_not_found` with the nearest name."""
    def list(self) -> Call[_list[WorkflowHandle]]:
        """List the workflows that have a name."""
    def kinds(self) -> Call[_list[Record]]:
        """List the kinds of workflows that are installed: `{name, description, plugin}`."""
    @overload
    def __call__(self, kind: str | WorkflowOptions, options: WorkflowOptions | None = None) -> WorkflowCall:
        """Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.

        Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
        plugin brings.
        """
    @overload
    def __call__(self, **kind: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    @overload
    def __call__(self, kind: str | WorkflowOptions, /, **options: Unpack[WorkflowOptions]) -> WorkflowCall: ...
    Sequential = sequential
    Parallel = parallel
    Conditional = conditional
    Loop = loop
    FanOut = fan_out
    MapReduce = map_reduce
    Pipeline = pipeline
    Graph = graph
    Saga = saga
    Custom = custom

Workflow: _WorkflowNamespace

class _SpellNamespace:
    """Spells of any language as parts of this one, each in a context of its own, all in one run."""
    @overload
    def load(self, path: str, options: LoadOptions | None = None) -> SpellCall:
        """Run a spell of any language from the folder of this one, and give what it exports.

        `path` is relative to the folder of the first spell. A Lua spell exports what it returns, a JavaScript spell its
        `exports`, a Python spell its public functions and values. Loading a file again makes another one. Raises
        `security` for a path out of the folder, `resource_unavailable` for no such file, `component_not_found` for no
        engine, `runtime` for files that load each other, `resource_exhausted` past 8 in a row or 16 at a time, and what
        the spell raises.
        """
    @overload
    def load(self, path: str, /, **options: Unpack[LoadOptions]) -> SpellCall: ...
    @overload
    def create(self, options: CreateOptions) -> ComposedCall:
        """Make a spell of a workflow, with an error strategy and resources for all of its steps; `cast` runs it.

        Raises `workflow_definition` with everything that is wrong with it.
        """
    @overload
    def create(self, **options: Unpack[CreateOptions]) -> ComposedCall: ...

Spell: _SpellNamespace

class _LogNamespace:
    """Notes for whoever runs the spell; they go to the log and out as `log` events. Nothing waits for them.

    `print`, `log`, `trace`, `debug`, `info` and `warn` are globals too; Lua's global `error` stays Lua's.
    """
    def print(self, values: Any | None = None, **data: Any) -> None:
        """Write values to standard output, separated by tabs."""
    def log(self, level: str, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note a message at a level: `trace`, `debug`, `info`, `warn` or `error`."""
    def trace(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note the finest detail."""
    def debug(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note something that helps to find a fault."""
    def info(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note what happens."""
    def warn(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note what should not happen but does no harm."""
    def warning(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note what should not happen but does no harm."""
    def error(self, message: Any, metadata: Mapping[str, Any] | None = None, **data: Any) -> None:
        """Note a failure; it raises nothing."""
    def __call__(self, level: str, message: object, *data: Any, **named: Any) -> None: ...

Log: _LogNamespace

class _AsyncNamespace:
    """Waiting, and work side by side. Numbers are milliseconds here, in every language.

    A *job* is a function (Lua, Python), a coroutine (Lua) or a promise (JavaScript).
    """
    def sleep(self, duration: Milliseconds) -> Call[None]:
        """Wait."""
    def run(self, job: Callable[[], Awaitable[T]] | Awaitable[T] | Callable[[], T]) -> Call[T]:
        """Run a coroutine to its end and return its value; what it yields is driven on the way."""
    def all(self, jobs: Mapping[Any, Any] | Iterable[Any]) -> Call[Any]:
        """Run jobs side by side and return their values in order; the first error is raised."""
    def race(self, jobs: Mapping[Any, Any] | Iterable[Any]) -> Call[Any]:
        """Run jobs side by side and return the value of the first to end."""
    def all_settled(self, jobs: Mapping[Any, Any] | Iterable[Any]) -> Call[Any]:
        """Run jobs side by side and return `{status="fulfilled", value}` or `{status="rejected", reason}` for each."""
    def timeout(self, job: Callable[[], Awaitable[T]] | Awaitable[T] | Callable[[], T], duration: Milliseconds) -> Call[T]:
        """Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled."""
    def with_timeout(self, job: Callable[[], Awaitable[T]] | Awaitable[T] | Callable[[], T], duration: Milliseconds) -> Call[T]:
        """Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled."""
    def retry(self, operation: Callable[..., Awaitable[T]] | Callable[..., T], options: Mapping[str, Any] | int | None = None, **named: Any) -> Call[T]:
        """Call a function again when it raises: `{attempts=3, delay=0, backoff=2, max_delay=30000}`, or a number."""
    def with_retry(self, operation: Callable[..., Awaitable[T]] | Callable[..., T], retries: int = 2) -> Call[T]:
        """Call a function again when it raises, so many times after the first."""
    def with_resource(self, resource: Any, operation: Callable[[Any], Any]) -> Call[Any]:
        """Call `operation(resource)` and close the resource afterwards, whatever happened."""
    def schedule(self, duration: Milliseconds, job: Any) -> Task[None]:
        """Run a function later; it is cancelled when the spell ends first."""
    def yield_(self) -> Call[None]:
        """Let other jobs of this spell go on."""
    def yield_for(self, duration: Milliseconds) -> Call[None]:
        """Let other jobs go on for a while."""
    def yield_until(self, condition: Callable[[], Any], options: Mapping[str, Any] | None = None, **named: Any) -> Call[None]:
        """Let other jobs go on until a function returns true."""

Async: _AsyncNamespace

class _ErrorHandlerNamespace:
    """Reading errors, and ways to recover from them.

    An error is a table `{type, code, message, recoverable, retryable, retry_after, suggestions, context, where,
    trace_id}`; of it, `recovery_strategy` ("retry" or "none") and `recovery_suggestion` can be read, too.
    """
    def parse(self, error: object) -> Record:
        """Read anything that was raised as an error table; never raises. `category` is the same as `type`."""
    def parse_error(self, error: object) -> Record:
        """Read anything that was raised as an error table; never raises. `category` is the same as `type`."""
    def is_(self, error: object, types: str | Sequence[str]) -> bool:
        """Tell whether an error is of a type, or of one of several; `"validation_error"` means `validation`."""
    @overload
    def enrich_error(self, error: Any, context: Mapping[str, Any]) -> Call[Record]:
        """Give the error with more context."""
    @overload
    def enrich_error(self, error: Any, /, **context: Any) -> Call[Record]: ...
    @overload
    def create_strategy(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`."""
    @overload
    def create_strategy(self, **options: Any) -> Call[Record]: ...
    @overload
    def create_recovery_strategy(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`."""
    @overload
    def create_recovery_strategy(self, **options: Any) -> Call[Record]: ...
    @overload
    def attempt_recovery(self, agent: AgentHandle | AgentCall, input: str, error: object, /) -> Call[str]:
        """Try to recover, in three shapes.

        `(error, strategy)` gives `{success, data, result, attempts, error}`. `(error, {strategy = ...})` is the same.
        `(agent, input, error)` asks the agent again when the error is recoverable and gives its text; it raises when
        that fails too.

        A strategy that guards calls asks its `agent` for `input` once more; where it names none, the outcome has a
        `reason`.
        """
    @overload
    def attempt_recovery(self, error: object, strategy: object, /) -> Call[Record]: ...
    @overload
    def report_error(self, error: Any, context: Mapping[str, Any] = ...) -> Call[None]:
        """Count an error, note it and tell it as the event `error_reported`."""
    @overload
    def report_error(self, error: Any, /, **context: Any) -> Call[None]: ...
    def get_error_stats(self) -> Call[Record]:
        """Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`."""
    def get_stats(self) -> Call[Record]:
        """Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`."""
    def stats(self) -> Call[Record]:
        """Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`."""

ErrorHandler: _ErrorHandlerNamespace

class _ErrorStrategyNamespace:
    """What to do about an error, by name. Each function checks its options and gives the strategy as a table.

    Those that guard the calls of a run (`circuit_breaker`, `retry`, `fallback_to_cached`, `retry_with_shorter_context`,
    `switch_to_fallback_provider`) need `llmspell-resilience`, and come before those that stand for the whole run.
    """
    @overload
    def retry(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.

        An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
        """
    @overload
    def retry(self, **options: Any) -> Call[Record]: ...
    @overload
    def retry_with_backoff(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.

        An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
        """
    @overload
    def retry_with_backoff(self, **options: Any) -> Call[Record]: ...
    @overload
    def exponential_backoff(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.

        An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
        """
    @overload
    def exponential_backoff(self, **options: Any) -> Call[Record]: ...
    @overload
    def fallback(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`."""
    @overload
    def fallback(self, **options: Any) -> Call[Record]: ...
    @overload
    def use_fallback_agent(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`."""
    @overload
    def use_fallback_agent(self, **options: Any) -> Call[Record]: ...
    @overload
    def retry_with_different_tool(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`."""
    @overload
    def retry_with_different_tool(self, **options: Any) -> Call[Record]: ...
    @overload
    def handler(self, options: Strategy | Mapping[str, Any] | str) -> Call[Record]:
        """Call `handler(error)` and use what it returns."""
    @overload
    def handler(self, **options: Any) -> Call[Record]: ...
    @overload
    def cascade(self, options: Strategy | Mapping[str, Any] | str | Sequence[Any] = ...) -> Call[Record]:
        """Try several strategies, one after the other, until one works.

        A list of them, or `{retry_count, strategies, fallback_agents = {["Failed"] = "Instead"}, fallback_behavior}`.
        """
    @overload
    def cascade(self, **options: Any) -> Call[Record]: ...
    @overload
    def fail_fast(self, options: FailOptions | None = None) -> Call[Record]:
        """Recover from nothing: the error stays."""
    @overload
    def fail_fast(self, **options: Unpack[FailOptions]) -> Call[Record]: ...
    @overload
    def stop_on_error(self, options: FailOptions | None = None) -> Call[Record]:
        """Recover from nothing: the error stays."""
    @overload
    def stop_on_error(self, **options: Unpack[FailOptions]) -> Call[Record]: ...
    @overload
    def circuit_breaker(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Leave a model alone for `reset_timeout` after `failure_threshold` failures in a row."""
    @overload
    def circuit_breaker(self, **options: Any) -> Call[Record]: ...
    @overload
    def fallback_to_cached(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`."""
    @overload
    def fallback_to_cached(self, **options: Any) -> Call[Record]: ...
    @overload
    def use_cached_results(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`."""
    @overload
    def use_cached_results(self, **options: Any) -> Call[Record]: ...
    @overload
    def use_cached_data(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`."""
    @overload
    def use_cached_data(self, **options: Any) -> Call[Record]: ...
    @overload
    def retry_with_shorter_context(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Ask the model again without the older half of the conversation, until it fits."""
    @overload
    def retry_with_shorter_context(self, **options: Any) -> Call[Record]: ...
    @overload
    def switch_to_fallback_provider(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Ask the models of `fallback_providers`, in order; without it those of the option or section `fallback`."""
    @overload
    def switch_to_fallback_provider(self, **options: Any) -> Call[Record]: ...
    @overload
    def continue_degraded(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.

        `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
        """
    @overload
    def continue_degraded(self, **options: Any) -> Call[Record]: ...
    @overload
    def continue_on_error(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.

        `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
        """
    @overload
    def continue_on_error(self, **options: Any) -> Call[Record]: ...
    @overload
    def continue_with_warning(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.

        `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
        """
    @overload
    def continue_with_warning(self, **options: Any) -> Call[Record]: ...
    @overload
    def skip_tool(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on without the result; the outcome has `skipped` and the error."""
    @overload
    def skip_tool(self, **options: Any) -> Call[Record]: ...
    @overload
    def skip_tool_and_continue(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on without the result; the outcome has `skipped` and the error."""
    @overload
    def skip_tool_and_continue(self, **options: Any) -> Call[Record]: ...
    @overload
    def skip_and_continue(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on without the result; the outcome has `skipped` and the error."""
    @overload
    def skip_and_continue(self, **options: Any) -> Call[Record]: ...
    @overload
    def skip_failed_tools(self, options: Strategy | Mapping[str, Any] | str | None = None) -> Call[Record]:
        """Go on without the result; the outcome has `skipped` and the error."""
    @overload
    def skip_failed_tools(self, **options: Any) -> Call[Record]: ...

ErrorStrategy: _ErrorStrategyNamespace

class _JSONNamespace:
    """JSON text and values. Nothing crosses to the kernel."""
    def encode(self, value: object, options: Any = None, indent: int | None = None, *, pretty: bool = False) -> str:
        """Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path."""
    def stringify(self, value: object, options: Any = None, indent: int | None = None, *, pretty: bool = False) -> str:
        """Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path."""
    def decode(self, text: str) -> Any:
        """Read JSON; raises an error of type `validation` that names the position."""
    def parse(self, text: str) -> Any:
        """Read JSON; raises an error of type `validation` that names the position."""

JSON: _JSONNamespace

class _AssertNamespace:
    """What a test says about values; also `assert` of the testing module, and `t:assert_equals(...)` in a test."""
    def equals(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself."""
    def equal(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself."""
    def not_equals(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values differ somewhere."""
    def not_equal(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values differ somewhere."""
    def same(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are one and the same object."""
    def not_same(self, actual: Any, expected: Any, message: str | None = None) -> None:
        """Check that two values are two objects."""
    def is_true(self, value: Any, message: str | None = None) -> None:
        """Check that a value is true itself, not only something that counts as true."""
    def is_false(self, value: Any, message: str | None = None) -> None:
        """Check that a value is false itself."""
    def truthy(self, value: Any, message: str | None = None) -> None:
        """Check that a value counts as true in the language."""
    def falsy(self, value: Any, message: str | None = None) -> None:
        """Check that a value counts as false in the language."""
    def is_nil(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def is_null(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def is_none(self, value: Any, message: str | None = None) -> None:
        """Check that there is no value: `nil`, `null` or `undefined`, `None`."""
    def not_nil(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def not_null(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def not_none(self, value: Any, message: str | None = None) -> None:
        """Check that there is a value."""
    def type(self, value: Any, name: Any, message: str | None = None) -> None:
        """Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.

        `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
        """
    def is_type(self, value: Any, name: Any, message: str | None = None) -> None:
        """Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.

        `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
        """
    def contains(self, whole: Any, part: Any, message: str | None = None) -> None:
        """Check that a text has a text in it, a list an equal item, a map a key."""
    def not_contains(self, whole: Any, part: Any, message: str | None = None) -> None:
        """Check that it does not."""
    def matches(self, text: str, pattern: Any, message: str | None = None) -> None:
        """Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`."""
    def greater_than(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another."""
    def greater(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another."""
    def at_least(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is greater than another or equal."""
    def less_than(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another."""
    def less(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another."""
    def at_most(self, value: Any, bound: Any, message: str | None = None) -> None:
        """Check that a number or text is less than another or equal."""
    def close_to(self, value: float, expected: float, tolerance: float = 1e-06, message: str | None = None) -> None:
        """Check that a number is at most `tolerance` away from another."""
    def near(self, value: float, expected: float, tolerance: float = 1e-06, message: str | None = None) -> None:
        """Check that a number is at most `tolerance` away from another."""
    def length(self, value: Any, expected: int, message: str | None = None) -> None:
        """Check how many items or keys there are, or how long a text is as the language counts it."""
    def has_length(self, value: Any, expected: int, message: str | None = None) -> None:
        """Check how many items or keys there are, or how long a text is as the language counts it."""
    def throws(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def raises(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def error(self, work: Any, expected: Any | None = None, message: str | None = None) -> Any:
        """Check that a function raises, and give the error as a table.

        `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
        `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
        awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
        """
    def fail(self, message: str = 'the test failed') -> None:
        """Fail."""

Assert: _AssertNamespace

class _TestingNamespace:
    """Tests of a spell, in the spell's own language: suites, hooks around tests, and stand-ins for models and tools.

    `require("llmspell.testing")`, `import ... from "llmspell/testing"` and `from llmspell.testing import ...` give it;
    its `assert` is `Assert`. What is defined runs when the file has been read, or at `run_all`; `llmspell test spell`
    runs files and reports. A suite defined inside the function of another belongs to it.
    """
    @overload
    def suite(self, name: str, body: Callable[[SuiteHandle], Any] | None = None, options: SuiteOptions | None = None) -> SuiteCall:
        """Define a suite and give it; `body(suite)` is called at once and defines what is in it."""
    @overload
    def suite(self, name: str, body: Callable[[SuiteHandle], Any] | None, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def suite(self, name: str, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def describe(self, name: str, body: Callable[[SuiteHandle], Any] | None = None, options: SuiteOptions | None = None) -> SuiteCall:
        """Define a suite and give it; `body(suite)` is called at once and defines what is in it."""
    @overload
    def describe(self, name: str, body: Callable[[SuiteHandle], Any] | None, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def describe(self, name: str, /, **options: Unpack[SuiteOptions]) -> SuiteCall: ...
    @overload
    def test(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`."""
    @overload
    def test(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def test(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def it(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`."""
    @overload
    def it(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def it(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    def skip(self, name: str, body: Callable[[CaseHandle], Any] | None = None) -> Call[None]:
        """Define a test that does not run."""
    @overload
    def only(self, name: str, body: Callable[[CaseHandle], Any], options: TestOptions | None = None) -> Call[None]:
        """Define a test; of the file, it and others like it are all that runs."""
    @overload
    def only(self, name: str, body: Callable[[CaseHandle], Any], /, **options: Unpack[TestOptions]) -> Call[None]: ...
    @overload
    def only(self, name: str, /, **options: Unpack[TestOptions]) -> Call[None]: ...
    def before_all(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call a function before the first test of the suite."""
    def before_each(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` before each test of the suite and of those in it."""
    def setup(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` before each test of the suite and of those in it."""
    def after_each(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` after each test, whether it passed or not."""
    def teardown(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call `hook(t)` after each test, whether it passed or not."""
    def after_all(self, hook: Callable[[CaseHandle], Any]) -> Call[None]:
        """Call a function after the last test of the suite."""
    def run_all(self) -> Call[Record]:
        """Run the tests that have not run; give `{total, passed, failed, error, skipped, tests}`.

        The file fails at its end when one of them did.
        """
    def script_model(self, steps: Sequence[Mapping[str, Any]]) -> Call[None]:
        """Let models that no configuration names play these steps from now on; so does the provider `mock`.

        A step is `{text = "..."}`, `{tool_calls = {{name = "...", arguments = {...}}}}` or `{error = {type = "..."}}`,
        as in `<spell>.model.json`.
        """
    def mock_tool(self, name: str, answer: Any | None = None) -> MockCall:
        """Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.

        The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
        """
    def mock(self, name: str, answer: Any | None = None) -> MockCall:
        """Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.

        The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
        """
    assert_: _AssertNamespace

Testing: _TestingNamespace

class _CollaborationNamespace:
    """Agents that work on one task together."""
    @overload
    def start(self, options: StartOptions) -> Call[Record]:
        """Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.

        `sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
        as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
        and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
        chooses who works next until it is done.

        `status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
        agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
        nothing, `agent_not_found`.
        """
    @overload
    def start(self, **options: Unpack[StartOptions]) -> Call[Record]: ...
    @overload
    def run(self, options: StartOptions) -> Call[Record]:
        """Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.

        `sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
        as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
        and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
        chooses who works next until it is done.

        `status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
        agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
        nothing, `agent_not_found`.
        """
    @overload
    def run(self, **options: Unpack[StartOptions]) -> Call[Record]: ...
    @overload
    def stream(self, options: StartOptions) -> StreamCall:
        """Have agents work together and iterate over what they say; leaving the loop cancels the work.

        Parts are `agent` (a `part` of what the `agent` says), `message` with the `agent`, what it is `about` and its
        whole `content`, and as the last one `done` with all that `start` returns.
        """
    @overload
    def stream(self, **options: Unpack[StartOptions]) -> StreamCall: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any] = ...) -> Call[Record]:
        """Go on with a collaboration from its `state`; returns what `start` returns.

        `decisions` are by the ids of calls in `pending`, as for `agent:resume`. Who has answered is not asked again.
        The agents are found by their names. Raises `run_state`, `validation` and `agent_not_found` before anything is
        spent, and as `start` does.
        """
    @overload
    def resume(self, **state: Any) -> Call[Record]: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], /, **decisions: Any) -> Call[Record]: ...
    @overload
    def resume_stream(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any] = ...) -> StreamCall:
        """Go on as `resume` does and iterate over what agents say as `stream` does."""
    @overload
    def resume_stream(self, **state: Any) -> StreamCall: ...
    @overload
    def resume_stream(self, state: str | Mapping[str, Any], /, **decisions: Any) -> StreamCall: ...
    def strategies(self) -> Call[Record]:
        """Give the strategies, each with what it does when an agent fails."""

Collaboration: _CollaborationNamespace

class _SwarmNamespace:
    """Agents that better a solution by looking at the best ones so far."""
    @overload
    def create(self, options: SwarmOptions) -> Call[Record]:
        """Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents."""
    @overload
    def create(self, **options: Unpack[SwarmOptions]) -> Call[Record]: ...
    @overload
    def new(self, options: SwarmOptions) -> Call[Record]:
        """Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents."""
    @overload
    def new(self, **options: Unpack[SwarmOptions]) -> Call[Record]: ...
    @overload
    def run(self, swarm: SwarmGiven, task: str) -> Call[Record]:
        """Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.

        `swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
        the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
        """
    @overload
    def run(self, **swarm: Unpack[SwarmGiven]) -> Call[Record]: ...
    @overload
    def execute(self, swarm: SwarmGiven, task: str) -> Call[Record]:
        """Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.

        `swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
        the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
        """
    @overload
    def execute(self, **swarm: Unpack[SwarmGiven]) -> Call[Record]: ...
    @overload
    def stream(self, swarm: SwarmGiven, task: str) -> StreamCall:
        """Have a swarm look for a solution and iterate over what its agents say, as in `Collaboration.stream`."""
    @overload
    def stream(self, **swarm: Unpack[SwarmGiven]) -> StreamCall: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], decisions: Mapping[str, Any] = ...) -> Call[Record]:
        """Go on with a swarm from its `state`, as `Collaboration.resume` does; returns what `run` returns."""
    @overload
    def resume(self, **state: Any) -> Call[Record]: ...
    @overload
    def resume(self, state: str | Mapping[str, Any], /, **decisions: Any) -> Call[Record]: ...

Swarm: _SwarmNamespace

class _MemoryNamespace:
    """Texts found by meaning, in the storage of the user.

    Each memory has a place: the spell's own, an agent's, a session's, or the one that all share. What is found is a
    table `{key, text, data, at, untrusted}`.
    """
    @overload
    def add(self, text: MemoryText | Sequence[MemoryText], options: MemoryAddOptions | None = None) -> Call[str | _list[str]]:
        """Keep a text and give its key; a list of texts gives the list of their keys.

        Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
        """
    @overload
    def add(self, **text: Unpack[MemoryText]) -> Call[str | _list[str]]: ...
    @overload
    def add(self, text: MemoryText | Sequence[MemoryText], /, **options: Unpack[MemoryAddOptions]) -> Call[str | _list[str]]: ...
    @overload
    def store(self, text: MemoryText | Sequence[MemoryText], options: MemoryAddOptions | None = None) -> Call[str | _list[str]]:
        """Keep a text and give its key; a list of texts gives the list of their keys.

        Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
        """
    @overload
    def store(self, **text: Unpack[MemoryText]) -> Call[str | _list[str]]: ...
    @overload
    def store(self, text: MemoryText | Sequence[MemoryText], /, **options: Unpack[MemoryAddOptions]) -> Call[str | _list[str]]: ...
    @overload
    def search(self, query: str, options: MemorySearchOptions | None = None) -> Call[_list[Record]]:
        """Give the texts nearest to a query, the nearest first, each with its `score`, the cosine from -1 to 1.

        Texts are labelled `untrusted` unless they were added as `trusted`: what they ask for is not to be done.
        """
    @overload
    def search(self, query: str, /, **options: Unpack[MemorySearchOptions]) -> Call[_list[Record]]: ...
    @overload
    def get(self, key: str, options: MemoryPlaceOptions | None = None) -> Call[Record | None]:
        """Give the text under a key, nothing when there is none."""
    @overload
    def get(self, key: str, /, **options: Unpack[MemoryPlaceOptions]) -> Call[Record | None]: ...
    @overload
    def forget(self, key: str, options: MemoryPlaceOptions | None = None) -> Call[bool]:
        """Forget the text under a key and tell whether it was there."""
    @overload
    def forget(self, key: str, /, **options: Unpack[MemoryPlaceOptions]) -> Call[bool]: ...
    @overload
    def remove(self, key: str, options: MemoryPlaceOptions | None = None) -> Call[bool]:
        """Forget the text under a key and tell whether it was there."""
    @overload
    def remove(self, key: str, /, **options: Unpack[MemoryPlaceOptions]) -> Call[bool]: ...
    @overload
    def list(self, options: MemoryListOptions | None = None) -> Call[_list[Record]]:
        """Give the texts of a memory, the newest first."""
    @overload
    def list(self, **options: Unpack[MemoryListOptions]) -> Call[_list[Record]]: ...
    @overload
    def clear(self, options: MemoryPlaceOptions | None = None) -> Call[int]:
        """Forget all texts of a memory and give their number; the next text may have vectors of any kind."""
    @overload
    def clear(self, **options: Unpack[MemoryPlaceOptions]) -> Call[int]: ...
    @overload
    def stats(self, options: MemoryPlaceOptions | None = None) -> Call[Record]:
        """Tell what a memory is: `{place, count, index, model, provider, dimensions}`.

        `index` is `numpy` where each text is compared, `usearch` where some are; the last three are absent in an empty
        memory.
        """
    @overload
    def stats(self, **options: Unpack[MemoryPlaceOptions]) -> Call[Record]: ...
    @overload
    def reindex(self, options: MemoryReindexOptions | None = None) -> Call[int]:
        """Make the vectors of all texts anew, with another model when one is named; give the number of texts.

        Until it is done the memory is as it was. Raises `storage_conflict` when it was written meanwhile.
        """
    @overload
    def reindex(self, **options: Unpack[MemoryReindexOptions]) -> Call[int]: ...

Memory: _MemoryNamespace

AgentFinderTool: ToolConstructor
Base64EncoderTool: ToolConstructor
CalculatorTool: ToolConstructor
DateTimeHandlerTool: ToolConstructor
DiffCalculatorTool: ToolConstructor
DirectoryListerTool: ToolConstructor
FileArchiverTool: ToolConstructor
FileConverterTool: ToolConstructor
FileMetadataTool: ToolConstructor
FileReaderTool: ToolConstructor
FileSearchTool: ToolConstructor
FileSystemTool: ToolConstructor
FileWatcherTool: ToolConstructor
FileWriterTool: ToolConstructor
HashCalculatorTool: ToolConstructor
TemplateProcessorTool: ToolConstructor
TextManipulatorTool: ToolConstructor
UuidGeneratorTool: ToolConstructor
ApiIntegrationAgent: AgentConstructor
ChatAgent: AgentConstructor
CodeAssistantAgent: AgentConstructor
ContentCreatorAgent: AgentConstructor
CustomerServiceAgent: AgentConstructor
DataAnalystAgent: AgentConstructor
MarketAnalystAgent: AgentConstructor
OrchestratorAgent: AgentConstructor
PlannerAgent: AgentConstructor
ResearchAgent: AgentConstructor
ReviewerAgent: AgentConstructor
