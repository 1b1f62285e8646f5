// The script API of llmspell, written by `llmspell api --typescript`.

declare module "llmspell" {
  /** Milliseconds, or text with a unit: `"500ms"`, `"1h30m"`. */
  export type Duration = number | string;
  /** Bytes, or text with a unit: `"10MB"`. */
  export type Size = number | string;
  export type Table = Record<string, any>;
  /** A handle, or the promise of one. */
  export type Given<T> = T | PromiseLike<T>;
  /** A promise of a handle whose methods can be called at once: `Tools.get("calculator").execute({...})`. */
  export type Soon<T> = Promise<T> & {
    readonly [K in keyof T as T[K] extends (...given: any[]) => PromiseLike<any> ? K : never]: T[K];
  };
  /** Values one by one: `for await (const value of stream)`. Leaving the loop closes it. */
  export interface Stream<T = any> extends AsyncIterableIterator<T> {
    close(): void;
  }
  /** A call that gives a stream: iterate over it at once, or await the stream. */
  export type Streaming<T = any> = Promise<Stream<T>> & AsyncIterable<T>;
  /** A function, a promise or a value. */
  export type Job<T> = (() => T | PromiseLike<T>) | PromiseLike<T> | T;
  export type Attempt<T> = (attempt: number) => T | PromiseLike<T>;
  type Done<J> = J extends () => infer R ? Awaited<R> : Awaited<J>;
  type Results<J> = { -readonly [K in keyof J]: Done<J[K]> };
  export type Settled<T> =
    | { status: "fulfilled"; value: T; reason?: undefined }
    | { status: "rejected"; value?: undefined; reason: any };

  /** What happened. Keys of `data` can be read on top where they do not collide. */
  export interface EventRecord {
    type: string;
    name: string;
    data: Table;
    timestamp: any;
    sequence: number;
    run: string;
    source: string;
    [key: string]: any;
  }
  /** What a hook is told of an operation. */
  export interface HookContext {
    point: string;
    subject: string;
    input?: any;
    output?: any;
    success?: boolean;
    error?: any;
    timing?: Table;
    [key: string]: any;
  }

  export interface ErrorFields {
    type?: string;
    code?: number | null;
    recoverable?: boolean;
    suggestions?: string[];
    context?: Table;
    where?: string;
    traceId?: string;
    retryAfter?: number;
    value?: any;
    cause?: unknown;
  }
  /** An error of llmspell: `type` says what it is, `suggestions` what to do next. */
  export class LlmspellError extends Error {
    constructor(message?: string, fields?: ErrorFields);
    readonly type: string;
    readonly category: string;
    readonly code: number | null;
    readonly recoverable: boolean;
    readonly suggestions: string[];
    readonly context?: Table;
    readonly where?: string;
    readonly traceId?: string;
    readonly retryAfter?: number;
    readonly recoveryStrategy: "retry" | "none";
    readonly recoverySuggestion?: string;
    readonly recovery_strategy: "retry" | "none";
    readonly recovery_suggestion?: string;
    readonly trace_id?: string;
    readonly retry_after?: number;
    readonly value?: any;
    readonly cause?: unknown;
  }

  export interface RetryOptions {
    attempts?: number;
    maxAttempts?: number;
    /** Attempts after the first. */
    retries?: number;
    maxRetries?: number;
    delay?: Duration;
    initialDelay?: Duration;
    baseDelay?: Duration;
    maxDelay?: Duration;
    backoff?: number | "exponential" | "fixed";
    shouldRetry?: (error: any, attempt: number) => unknown;
    onRetry?: (error: any, attempt: number) => unknown;
  }
  export interface WaitOptions {
    interval?: Duration;
    timeout?: Duration;
  }
  export interface Timer {
    cancel(): void;
  }

  /** A tool as a class: `class Greeter extends Tools.BaseTool { ... }`. */
  export class BaseTool {
    constructor(options?: Partial<ToolOptions>);
    execute?(input: any): any;
  }
  /** `new CalculatorTool({...})`: a variant of a tool with options of its own. */
  export interface ToolConstructor {
    new (options?: Table): Tool;
    "new"(options?: Table): Soon<Tool>;
  }
  /** `new ResearchAgent({...})`: an agent of a template, with settings and options of its own. */
  export interface AgentConstructor {
    new (options?: Table): Agent;
    "new"(options?: Table): Soon<Agent>;
  }

  /** What changes of a workflow, also while it runs: steps that have not begun. */
  export interface AdaptOptions {
    /** steps to add at the end */
    add?: StepOptionsGiven[];
    /** name of a step -> the step that takes its place */
    replace?: Table;
    /** names of steps to leave out */
    remove?: string[];
    /** attempts of the steps that are left */
    retry?: RetryOptionsGiven;
    /** time for one attempt of the steps that are left */
    timeoutPerStep?: Duration;
    /** steps that `retry` and `timeout_per_step` are for; all without it */
    only?: string[];
  }

  /** Parts of an agent that can change while it lives. */
  export interface AgentChanges {
    /** what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema */
    output?: Table | any[] | string;
    /** how the model is asked for it; `auto` by its provider */
    outputMode?: "auto" | "native" | "tool" | "prompted";
    /** how often it is asked again with what did not fit, 2 if not said */
    outputRetries?: number;
    /** how its failed calls are repeated; keys of `[resilience.retry]` */
    retry?: Table;
    /** keys of `[resilience.rate_limit]` */
    rateLimit?: Table;
    /** keys of `[resilience.breaker]` */
    circuitBreaker?: Table;
    /** `critical`, `high`, `normal`, `low` or `background`, where others wait, too */
    priority?: string;
    /** `cost` and `tokens` of its life, `call_cost`, `call_tokens` */
    budget?: Table;
    /** whether answers are kept; keys of `[resilience.cache]` */
    cache?: boolean | Table;
    /** models to ask when its own fails */
    fallback?: string[] | Table;
    /** `candidates` and `strategy`, for the model `auto` */
    selection?: Table;
    /** what is done about errors of its calls; keys of `[resilience.recovery]` */
    recovery?: string | Table;
    /** what it may take; keys of `[resources.agent]` */
    resources?: Table;
    /** what it is for */
    description?: string;
    /** provider of the model; without it the model's name decides */
    provider?: string;
    /** model, also as `provider/model` */
    model?: string;
    /** its instructions; `{{x}}` takes values from the call's `context` */
    systemPrompt?: string;
    /** randomness of the model */
    temperature?: number;
    /** share of likely tokens to choose from */
    topP?: number;
    /** longest answer */
    maxTokens?: number;
    /** the same as `limits.seconds` */
    timeout?: Duration;
    /** how far one run may go */
    limits?: LimitOptions;
    /** tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks */
    approve?: boolean | string[] | ((call: Record<string, any>) => unknown);
    /** how long a call may wait for a decision */
    approvalTimeout?: Duration;
    /** fields passed to the provider as they are */
    extra?: Table;
    /** settings that may also stand on top */
    config?: SettingOptions;
    /** tools it is offered instead */
    tools?: (Given<Tool> | BaseTool | Given<Agent> | string | ToolOptions)[];
    /** what to do when a run fails, see `ErrorStrategy` */
    errorStrategy?: StrategyGiven;
    /** what it is told of the conversation; `false`: all */
    memory?: boolean | MemorySettingsGiven;
    /** agents to which its model may hand over; `true`: all that others can find */
    handoffs?: boolean | (Given<Agent> | string | PeerOptionsGiven)[];
    /** words by which `Agent.find` and other agents find it */
    capabilities?: string[];
  }

  /** What an agent is. */
  export interface AgentOptions {
    /** what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema */
    output?: Table | any[] | string;
    /** how the model is asked for it; `auto` by its provider */
    outputMode?: "auto" | "native" | "tool" | "prompted";
    /** how often it is asked again with what did not fit, 2 if not said */
    outputRetries?: number;
    /** how its failed calls are repeated; keys of `[resilience.retry]` */
    retry?: Table;
    /** keys of `[resilience.rate_limit]` */
    rateLimit?: Table;
    /** keys of `[resilience.breaker]` */
    circuitBreaker?: Table;
    /** `critical`, `high`, `normal`, `low` or `background`, where others wait, too */
    priority?: string;
    /** `cost` and `tokens` of its life, `call_cost`, `call_tokens` */
    budget?: Table;
    /** whether answers are kept; keys of `[resilience.cache]` */
    cache?: boolean | Table;
    /** models to ask when its own fails */
    fallback?: string[] | Table;
    /** `candidates` and `strategy`, for the model `auto` */
    selection?: Table;
    /** what is done about errors of its calls; keys of `[resilience.recovery]` */
    recovery?: string | Table;
    /** what it may take; keys of `[resources.agent]` */
    resources?: Table;
    /** what it is for */
    description?: string;
    /** provider of the model; without it the model's name decides */
    provider?: string;
    /** model, also as `provider/model` */
    model?: string;
    /** its instructions; `{{x}}` takes values from the call's `context` */
    systemPrompt?: string;
    /** randomness of the model */
    temperature?: number;
    /** share of likely tokens to choose from */
    topP?: number;
    /** longest answer */
    maxTokens?: number;
    /** the same as `limits.seconds` */
    timeout?: Duration;
    /** how far one run may go */
    limits?: LimitOptions;
    /** tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks */
    approve?: boolean | string[] | ((call: Record<string, any>) => unknown);
    /** how long a call may wait for a decision */
    approvalTimeout?: Duration;
    /** fields passed to the provider as they are */
    extra?: Table;
    /** settings that may also stand on top */
    config?: SettingOptions;
    /** handles, names, tools written in place, or agents */
    tools?: (Given<Tool> | BaseTool | Given<Agent> | string | ToolOptions)[];
    /** what to do when a run fails, see `ErrorStrategy` */
    errorStrategy?: StrategyGiven;
    /** what it is told of the conversation; `false`: all */
    memory?: boolean | MemorySettingsGiven;
    /** agents to which its model may hand over; `true`: all that others can find */
    handoffs?: boolean | (Given<Agent> | string | PeerOptionsGiven)[];
    /** words by which `Agent.find` and other agents find it */
    capabilities?: string[];
    /** name by which `Agent.get` and `Agent.execute` find it */
    name?: string;
    /** hooks of this agent by point */
    hooks?: Record<string, ((context: HookContext, proceed: Proceed) => unknown) | Given<Listener> | HookSettings>;
    /** functions that look at its `input`, its `output` and its `tools` */
    guards?: GuardOptions;
    /** whether it remembers its conversation (default: true) */
    remember?: boolean;
    /** folders of skills: with a `SKILL.md`, or with folders that have one */
    skills?: string | string[];
  }

  /** How the results of several steps are put together. */
  export interface AggregationOptions {
    /** `collect` (or `combine_results`): by name; `list`; `merge`: maps that agree; `comprehensive_merge`; `concat`: texts; `first`; `last`; `majority` (or `vote`) */
    strategy?: string;
    /** how many steps must give something */
    requireMinimum?: number;
    /** `function(results)`: each by its name as `{success, data, error}`, with the keys of its data */
    aggregate?: (results: Record<string, any>) => unknown;
  }
  export type AggregationOptionsGiven = AggregationOptions | string;

  /** How an agent is offered to others as a tool. */
  export interface AsToolOptions {
    /** snake_case name that models call; `ask_` and the agent's name */
    name?: string;
    /** one sentence for models; the agent's own */
    description?: string;
    /** whether it remembers what it was asked before (default: false) */
    remember?: boolean;
  }
  export type AsToolOptionsGiven = AsToolOptions | string;

  /** Options of one call. */
  export interface CallOptions {
    /** `return` gives `{success=false, error}` instead of raising (default: raise) */
    onError?: "raise" | "return";
    /** how long the call may take */
    timeout?: Duration;
    /** what to do when this call fails, see `ErrorStrategy` */
    errorStrategy?: StrategyGiven;
  }

  /** Where metrics go. */
  export interface CollectorOptions {
    /** kept for this spell; read them with `listener:stats()` (default: memory) */
    backend?: "memory";
  }

  /** When and how the older part of a conversation becomes a summary. */
  export interface CompactionSettings {
    /** share of a bound from which on it is done (default: 0.8) */
    at?: number;
    /** newest messages that stay as they are (default: 6) */
    keep?: number;
    /** provider of the model that summarises */
    provider?: string;
    /** the model that summarises; without one the agent's own */
    model?: string;
    /** longest summary (default: 1024) */
    maxTokens?: number;
    /** how long it may take (default: 60000) */
    timeout?: Duration;
    /** how often in one run (default: 3) */
    times?: number;
    /** instructions for the model that summarises */
    prompt?: string;
  }

  /** For which model tokens are counted, and what goes along with the text. */
  export interface CountOptions {
    /** the provider, by name */
    provider?: string;
    /** the model, or `provider/model` */
    model?: string;
    /** the system prompt */
    system?: string;
  }
  export type CountOptionsGiven = CountOptions | string;

  /** A spell: a workflow with what it may take and what to do about errors. */
  export interface CreateOptions {
    /** its name */
    name: string;
    /** what it does */
    workflow: Given<Workflow> | WorkflowOptions;
    /** what it is for */
    description?: string;
    /** what to do when a step fails that says nothing else, see `ErrorStrategy` */
    errorStrategy?: string | Table;
    /** what it may take */
    resources?: ResourceBounds;
  }

  /** How a task goes to another agent. */
  export interface DelegateOptions {
    /** why, for the other agent and for hooks */
    reason?: string;
    /** values for `{{x}}` in the other agent's prompt */
    context?: Table;
    /** what the answer must be, as for `agent:execute` */
    output?: any;
    /** how long it may take */
    timeout?: Duration;
    /** `return` gives `{success=false, error}` instead of raising (default: raise) */
    onError?: "raise" | "return";
  }

  /** What to look for; all that is given must hold. */
  export interface DiscoverOptions {
    /** capabilities a tool must have */
    capabilities?: string[];
    /** its category */
    category?: string;
    /** text in its name or description */
    text?: string;
    /** the lowest version that will do */
    minVersion?: string;
  }
  export type DiscoverOptionsGiven = DiscoverOptions | string[];

  /** Which vectors are wanted. */
  export interface EmbedOptions {
    /** the provider, by name */
    provider?: string;
    /** the model, or `provider/model` */
    model?: string;
    /** how long the vectors are, where the model can shorten them */
    dimensions?: number;
    /** what the vectors are for, to providers that make a difference */
    purpose?: "query" | "document" | "similarity" | "classification" | "clustering";
    /** further fields of the request, for this provider */
    extra?: Table;
  }
  export type EmbedOptionsGiven = EmbedOptions | string;

  /** An event as one table. */
  export interface EmittedEvent {
    /** its name, snake_case */
    type: string;
    /** what it says */
    data?: Table;
    /** who says it; the spell's name without it */
    source?: string;
    /** kept in the data as `metadata` */
    metadata?: Table;
    /** ignored: the event bus owns the time */
    timestamp?: any;
  }

  /** What one run is given: `input`, or a table of data with keys of your own; both reach the model as text. */
  export interface ExecuteOptions {
    /** paths, addresses, data URLs or bytes */
    images?: (string | Uint8Array | MediaOptions)[] | string | Uint8Array | MediaOptions;
    /** likewise */
    audio?: (string | Uint8Array | MediaOptions)[] | string | Uint8Array | MediaOptions;
    /** likewise */
    files?: (string | Uint8Array | MediaOptions)[] | string | Uint8Array | MediaOptions;
    /** what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema */
    output?: Table | any[] | string;
    /** how the model is asked for it; `auto` by its provider */
    outputMode?: "auto" | "native" | "tool" | "prompted";
    /** how often it is asked again with what did not fit, 2 if not said */
    outputRetries?: number;
    /** the message; a table is written as JSON */
    input?: string | Table;
    /** the same as `input` */
    prompt?: string;
    /** the same as `input` */
    text?: string;
    /** the same as `input`; with other data beside it, part of the data */
    query?: string;
    /** values for `{{x}}` in the system prompt */
    context?: Table;
    /** how long this run may take */
    timeout?: Duration;
    /** what to do when this run fails, instead of the agent's own */
    errorStrategy?: StrategyGiven;
    /** `return` gives `{success=false, error}` instead of raising (default: raise) */
    onError?: "raise" | "return";
    [key: string]: any;
  }
  export type ExecuteOptionsGiven = ExecuteOptions | string | Table;

  /** When to give up at once. */
  export interface FailOptions {
    /** error types it is for; others are not recovered either */
    only?: string[];
  }

  /** What somebody says about an agent's work. */
  export interface FeedbackOptions {
    /** what was said */
    comment?: string;
    /** from 0 (bad) to 1 (good) */
    rating?: number;
    /** what would have been right */
    correction?: string;
    /** what it is about; the conversation so far without it */
    about?: string;
    /** what to keep to, in words of your own: no model is asked */
    lesson?: string;
  }
  export type FeedbackOptionsGiven = FeedbackOptions | string;

  /** Which agents are wanted. */
  export interface FindOptions {
    /** capabilities that they have, all of them */
    capabilities?: string[];
    /** words in their name, description or capabilities */
    text?: string;
  }
  export type FindOptionsGiven = FindOptions | string;

  /** A function that a model may call. */
  export interface FunctionOptions {
    /** snake_case name */
    name: string;
    /** one sentence for the model */
    description?: string;
    /** JSON Schema of the arguments, or a map of property to schema */
    parameters?: Table;
    /** called with the arguments; without it the script does what is called for */
    execute?: (input: any) => unknown;
  }

  /** What a workflow has to do, and who may do it. */
  export interface GenerateOptions {
    /** what has to be done */
    requirements: RequirementGiven[];
    /** agents that may do it; all of the spell without it */
    agents?: (Given<Agent> | string)[];
    /** name of the workflow (default: generated) */
    name?: string;
    /** how many steps at once */
    maxConcurrency?: number;
    /** attempts of each step */
    retry?: RetryOptionsGiven;
    /** time for all of it */
    timeout?: Duration;
    /** what to do when a step fails */
    errorStrategy?: string | Table;
  }

  /** The guards of an agent: functions, tables of one, or names of options of hook sets; one of them or a list. */
  export interface GuardOptions {
    /** of what the agent is told */
    input?: ((GuardSettings | ((seen: Record<string, any>) => unknown) | string)[]) | GuardSettings | ((seen: Record<string, any>) => unknown) | string;
    /** of what the agent says */
    output?: ((GuardSettings | ((seen: Record<string, any>) => unknown) | string)[]) | GuardSettings | ((seen: Record<string, any>) => unknown) | string;
    /** of its tool calls */
    tools?: ((GuardSettings | ((seen: Record<string, any>) => unknown) | string)[]) | GuardSettings | ((seen: Record<string, any>) => unknown) | string;
  }

  /** One guard: a function, and when it is asked. */
  export interface GuardSettings {
    /** `function(seen)`: nothing or true lets pass, false or `{trip = reason}` stops the run */
    check: (seen: Record<string, any>) => unknown;
    /** name in errors */
    name?: string;
    /** of an input: asked before the model is, not beside it (default: false) */
    first?: boolean;
    /** of an output: asked also while it is written, every so many characters */
    every?: number;
    /** of a tool: before its call, after it, or both (default: call) */
    when?: "call" | "result" | "both";
    /** how long it may take */
    timeout?: Duration;
  }

  /** Which keys go along. */
  export interface HandOverOptions {
    /** patterns of keys, with `*`, `?` and `[...]`; all without one */
    include?: string[];
    /** patterns of keys that stay, whatever includes them */
    exclude?: string[];
    /** what becomes of a key that is there already (default: replace) */
    onConflict?: "error" | "keep" | "replace";
  }

  /** How a conversation goes to another agent. */
  export interface HandoffOptions {
    /** the agent that takes over, or its name */
    to: Given<Agent> | string;
    /** why, for the other agent and for hooks */
    reason?: string;
    /** what it should do, instead of going on */
    input?: string | Table;
    /** what crosses, see the option `handoffs` (default: all) */
    stateFilter?: "all" | "messages" | "last" | "none" | number | ((messages: Record<string, any>[]) => unknown);
    /** values for `{{x}}` in the other agent's prompt */
    context?: Table;
    /** how long the other agent may take */
    timeout?: Duration;
    /** `return` gives `{success=false, error}` instead of raising (default: raise) */
    onError?: "raise" | "return";
  }
  export type HandoffOptionsGiven = HandoffOptions | Given<Agent> | string;

  /** A message to add to a conversation. */
  export interface HistoryMessage {
    /** who said it */
    role: "user" | "assistant" | "system";
    /** what was said */
    content: string;
  }

  /** How much of a history is wanted. */
  export interface HistoryOptions {
    /** only so many versions, the newest */
    limit?: number;
  }
  export type HistoryOptionsGiven = HistoryOptions | number;

  /** How a hook is ordered and bounded. */
  export interface HookSettings {
    /** `function(context)`, or a listener */
    handler?: ((context: HookContext, proceed: Proceed) => unknown) | Given<Listener>;
    /** the same as `handler` */
    execute?: ((context: HookContext, proceed: Proceed) => unknown) | Given<Listener>;
    /** 0-1000, higher runs further out (default: 500) */
    priority?: number;
    /** `function(context)`, or fields that must be equal */
    when?: ((context: HookContext) => boolean | PromiseLike<boolean>) | Table;
    /** the same as `when` */
    condition?: ((context: HookContext) => boolean | PromiseLike<boolean>) | Table;
    /** `background` runs beside the operation and only observes; `parallel` is for events (default: sync) */
    mode?: "sync" | "sequential" | "conditional" | "background" | "parallel";
    /** the same as `mode` */
    executionMode?: "sync" | "sequential" | "conditional" | "background" | "parallel";
    /** how long it may take */
    timeout?: Duration;
    /** name in statistics and for `dependencies` */
    name?: string;
    /** hooks at the same point that must run further out */
    dependencies?: string[];
    /** hooks that may not be at the same point */
    conflicts?: string[];
    /** refused: the answer of a hook is never cached */
    cache?: any;
    /** refused, likewise */
    cacheStrategy?: any;
  }

  /** What becomes of a key that is there already. */
  export interface ImportOptions {
    /** fail and write nothing, keep the value that is there, or replace it (default: error) */
    onConflict?: "error" | "keep" | "replace";
  }
  export type ImportOptionsGiven = ImportOptions | "error" | "keep" | "replace";

  /** How far one run may go. */
  export interface LimitOptions {
    /** requests to the model (default: 20) */
    turns?: number;
    /** tool calls (default: 100) */
    toolCalls?: number;
    /** tokens in and out */
    tokens?: number;
    /** time, also as text such as `5m` */
    seconds?: Duration;
    /** US dollars, those of agents it runs included; an unknown price is refused */
    cost?: number;
    /** equal calls with equal outcomes before the model is told to stop; 0 for any number (default: 10) */
    repeats?: number;
    /** how deep agents that it runs may run others; 0 for no agent at all (default: 8) */
    depth?: number;
  }

  /** How a spell is loaded. */
  export interface LoadOptions {
    /** what it reads as `params` */
    params?: Table;
  }

  /** What a logger writes, and where. */
  export interface LoggerOptions {
    /** level of its notes (default: info) */
    level?: "trace" | "debug" | "info" | "warn" | "error";
    /** lines for people, or JSON (default: text) */
    format?: "text" | "json";
    /** the log, or standard output (default: log) */
    output?: "log" | "stdout";
  }

  /** An image, a piece of audio or a file: one of `path`, `url` and `data`. */
  export interface MediaOptions {
    /** a file; `fs.read` must be granted for it */
    path?: string;
    /** an address that the service fetches, with `net.connect` granted for its host, or a data URL */
    url?: string;
    /** the bytes themselves, or text */
    data?: Uint8Array | string;
    /** for example `image/png`; else told by the name's ending, or by the bytes */
    mediaType?: string;
    /** name of a file, as the model is told */
    name?: string;
  }

  /** Where texts go, and how they are turned into vectors. */
  export interface MemoryAddOptions {
    /** whose memory; without it the spell's own */
    namespace?: "spell" | "agent" | "session" | "shared";
    /** name of the agent, for the memory of one */
    agent?: string;
    /** under which the text is found again; what is there is replaced */
    key?: string;
    /** whatever belongs to the text */
    data?: any;
    /** whether the text comes from you; what is found is labelled `untrusted` else (default: false) */
    trusted?: boolean;
    /** who makes vectors, for the first text of a memory */
    provider?: string;
    /** the model of vectors, or `provider/model`, for the first text of a memory */
    model?: string;
  }
  export type MemoryAddOptionsGiven = MemoryAddOptions | "spell" | "agent" | "session" | "shared";

  /** How many texts are wanted. */
  export interface MemoryListOptions {
    /** whose memory; without it the spell's own */
    namespace?: "spell" | "agent" | "session" | "shared";
    /** name of the agent, for the memory of one */
    agent?: string;
    /** only so many, the newest */
    limit?: number;
  }
  export type MemoryListOptionsGiven = MemoryListOptions | number;

  /** Which memory is meant. */
  export interface MemoryPlaceOptions {
    /** whose memory; without it the spell's own */
    namespace?: "spell" | "agent" | "session" | "shared";
    /** name of the agent, for the memory of one */
    agent?: string;
  }
  export type MemoryPlaceOptionsGiven = MemoryPlaceOptions | "spell" | "agent" | "session" | "shared";

  /** How vectors are made from now on. */
  export interface MemoryReindexOptions {
    /** whose memory; without it the spell's own */
    namespace?: "spell" | "agent" | "session" | "shared";
    /** name of the agent, for the memory of one */
    agent?: string;
    /** who makes vectors */
    provider?: string;
    /** the model of vectors, or `provider/model` */
    model?: string;
  }
  export type MemoryReindexOptionsGiven = MemoryReindexOptions | string;

  /** Which texts are wanted. */
  export interface MemorySearchOptions {
    /** whose memory; without it the spell's own */
    namespace?: "spell" | "agent" | "session" | "shared";
    /** name of the agent, for the memory of one */
    agent?: string;
    /** only so many, the nearest (default: 5) */
    limit?: number;
    /** least nearness, from -1 to 1 (default: -1.0) */
    minScore?: number;
  }
  export type MemorySearchOptionsGiven = MemorySearchOptions | number;

  /** What a model is told of the conversation, and where it is kept. */
  export interface MemorySettings {
    /** turns: a word of yours with all that follows until the next one */
    window?: number;
    /** messages */
    messages?: number;
    /** tokens of a whole request, estimated */
    tokens?: number;
    /** whether what is older becomes a summary, and how (default: false) */
    compaction?: boolean | CompactionSettings;
    /** name under which it is kept for later runs; `true`: the agent's name (default: false) */
    persist?: boolean | string;
    /** who shares what `remember` keeps (default: agent) */
    namespace?: "agent" | "session" | "shared";
    /** older form */
    type?: "conversation";
    /** the same as `messages`, older form */
    maxEntries?: number;
    /** the same as `persist`, older form (default: false) */
    persistence?: boolean;
    /** messages from which on the older ones become a summary, older form */
    summarizeAfter?: number;
  }
  export type MemorySettingsGiven = MemorySettings | number;

  /** A text among several. */
  export interface MemoryText {
    /** the text */
    text: string;
    /** under which it is found again */
    key?: string;
    /** whatever belongs to it */
    data?: any;
  }
  export type MemoryTextGiven = MemoryText | string;

  /** How values get to another version of their schema. */
  export interface MigrateOptions {
    /** all steps there ever were, in order: `function(value, key)` gives the new value, nothing to leave it as it is */
    steps: ((value: any, key: string) => unknown)[];
    /** tell what would change, and change nothing (default: false) */
    dryRun?: boolean;
  }

  /** What a tool written in the script is, when its name is given apart. */
  export interface NamedToolOptions {
    /** the name, when it is not given apart */
    name?: string;
    /** `function(arguments)`; what it returns is the result */
    execute: (input: any) => unknown;
    /** one sentence for models */
    description?: string;
    /** JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in */
    parameters?: Table;
    /** the same as `parameters` */
    inputSchema?: Table;
    /** JSON Schema of the result */
    outputSchema?: Table;
    /** category it is listed under (default: script) */
    category?: string;
    /** capabilities it is found by */
    capabilities?: string[];
    /** calls that show its use */
    examples?: Table[];
    /** what may be repeated (default: once) */
    effect?: "pure" | "idempotent" | "once";
    /** how long one call may take (default: 60000) */
    timeout?: Duration;
    /** whether a person decides about each call that a model makes (default: false) */
    approval?: boolean;
    /** what a call can come to at worst; `outward` when its function sends data out (default: read) */
    risk?: "read" | "write" | "outward" | "execute";
    /** what is said of its results: they must not leave unseen, are from outside */
    labels?: ("private" | "untrusted")[];
    /** version of the tool (default: 1.0.0) */
    version?: string;
    /** what to do when it fails, whoever calls it */
    errorStrategy?: StrategyGiven;
  }

  /** Where facts are. */
  export interface NamespaceOptions {
    /** where, if not where the agent's memory is */
    namespace?: "agent" | "session" | "shared";
  }
  export type NamespaceOptionsGiven = NamespaceOptions | "agent" | "session" | "shared";

  /** Who is asked about a task. */
  export interface NegotiateOptions {
    /** agents that may take it, besides those with the `capabilities` */
    agents?: (Given<Agent> | string)[];
    /** capabilities that an agent must have */
    capabilities?: string[];
    /** how sure the agent must be that takes it, from 0 to 1 (default: 0.0) */
    minConfidence?: number;
    /** whether the agent that takes it does it at once (default: false) */
    execute?: boolean;
    /** values for `{{x}}` in the prompt of the agent that does it */
    context?: Table;
    /** how long all of it may take */
    timeout?: Duration;
  }

  /** What is noted of the spell. */
  export interface ObservabilityOptions {
    /** notes of the spell below it go nowhere */
    level?: "trace" | "debug" | "info" | "warn" | "error";
  }

  /** An agent that a model may hand over to. */
  export interface PeerOptions {
    /** the agent, or its name */
    agent: Given<Agent> | string;
    /** what it is for; the agent's own */
    description?: string;
    /** what crosses: all, what was said without use of tools, the user's last word, nothing, so many messages, or what a function of them returns (default: all) */
    stateFilter?: "all" | "messages" | "last" | "none" | number | ((messages: Record<string, any>[]) => unknown);
    /** name by which the model hands over; `transfer_to_` and the agent's name */
    tool?: string;
  }
  export type PeerOptionsGiven = PeerOptions | Given<Agent> | string;

  /** Tools to run one after the other. */
  export interface PipelineOptions {
    /** name of the pipeline, under which a model may call it */
    name: string;
    /** what to do, in order; a step without `input` is given the result before */
    steps: StepOptionsGiven[];
    /** kind of the workflow that it is: `graph` or `parallel`, too (default: pipeline) */
    type?: string;
    /** one sentence for models */
    description?: string;
    /** JSON Schema of its input; anything without it */
    parameters?: Table;
    /** what to do when a step fails, see `ErrorStrategy` */
    errorStrategy?: string | Table;
  }

  /** What is to be planned. */
  export interface PlanOptions {
    /** what is to be reached */
    goal: string;
    /** what the plan must keep to */
    constraints?: string[];
    /** the most steps that it may have (default: 12) */
    maxSteps?: number;
    /** values for `{{x}}` in the system prompt */
    context?: Table;
  }
  export type PlanOptionsGiven = PlanOptions | string;

  /** What is to be solved. */
  export interface ProblemOptions {
    /** the problem */
    description: string;
    /** what a solution must keep to */
    constraints?: string[];
    /** values for `{{x}}` in the system prompt */
    context?: Table;
  }
  export type ProblemOptionsGiven = ProblemOptions | string;

  /** What agents of this provider are made with, where they say nothing themselves. */
  export interface ProviderOptions {
    /** model */
    model?: string;
    /** the same as `model` */
    defaultModel?: string;
    /** randomness of the model */
    temperature?: number;
    /** share of likely tokens to choose from */
    topP?: number;
    /** longest answer */
    maxTokens?: number;
    /** fields passed to the provider as they are */
    extra?: Table;
  }

  /** Who fetches a model, and who is told how far it is. */
  export interface PullOptions {
    /** the provider, by name */
    provider?: string;
    /** `function({done, total, message})`, bytes; `total` may be absent */
    onProgress?: (value: any) => unknown;
  }
  export type PullOptionsGiven = PullOptions | string;

  /** Which facts are wanted. */
  export interface RecallOptions {
    /** only so many, the best (default: 5) */
    limit?: number;
    /** where, if not where the agent's memory is */
    namespace?: "agent" | "session" | "shared";
  }
  export type RecallOptionsGiven = RecallOptions | number;

  /** Which events to hand out again. */
  export interface ReplayOptions {
    /** names, with `*` (default: *) */
    pattern?: string;
    /** seconds since the epoch, or a time */
    since?: any;
    /** likewise */
    until?: any;
    /** only so many, the newest */
    limit?: number;
  }
  export type ReplayOptionsGiven = ReplayOptions | string;

  /** Something that has to be done. */
  export interface Requirement {
    /** its name; who does it without one */
    name?: string;
    /** what its agent shall do */
    action?: string;
    /** what who does it must be able to do */
    capabilities?: string | string[];
    /** who does it, when that is known */
    agent?: Given<Agent> | string;
    /** the tool that does it, when that is known */
    tool?: string;
    /** names of what must be done before, whose results it is given */
    needs?: string | string[];
    /** what it is given, instead of the results of what it needs */
    input?: any;
    /** name of its result */
    output?: string;
  }
  export type RequirementGiven = Requirement | string;

  /** What a spell of `Spell.create` may take. */
  export interface ResourceBounds {
    /** how many agents of its workflow work at once */
    maxParallelAgents?: number;
    /** time for a step of its workflow that says nothing else */
    timeoutPerPhase?: Duration;
    /** time for all of it */
    maxExecutionTime?: Duration;
    /** memory of the script; refused when `[scripting] max_memory_usage` lets it have more */
    memoryLimit?: Size;
  }

  /** Limits to lower. */
  export interface ResourceLimits {
    /** time that the spell may still take, from its start */
    maxExecutionTime?: Duration;
    /** calls that may be outstanding */
    maxConcurrentOperations?: number;
  }

  /** Limits under the names of the older form. */
  export interface ResourceOptions {
    /** the same as `limits.seconds` */
    maxExecutionTime?: Duration;
  }

  /** How often a step is attempted. */
  export interface RetryOptions {
    /** attempts in all (default: 3) */
    attempts?: number;
    /** the same as `attempts` */
    maxAttempts?: number;
    /** attempts after the first */
    maxRetries?: number;
    /** wait before the second (default: 1000) */
    delay?: Duration;
    /** factor by which the wait grows (default: 2.0) */
    backoff?: number;
    /** longest wait (default: 30000) */
    maxDelay?: Duration;
    /** types of errors that are worth it; all without it */
    only?: string[];
  }
  export type RetryOptionsGiven = RetryOptions | number;

  /** How far a rollback may go. */
  export interface RollbackOptions {
    /** lose what was written since the migration (default: false) */
    force?: boolean;
  }

  /** Which runs are wanted. */
  export interface RunsFilter {
    /** only those that are it now */
    status?: "running" | "interrupted" | "paused" | "done" | "failed" | "cancelled";
    /** only so many */
    limit?: number;
  }

  /** Rights to keep, as on the command line: `fs.read=./data`, `net.connect=*.example.com:443`. */
  export interface SecurityOptions {
    /** what of each named right to keep; rights that are not named stay */
    grants?: string[];
    /** targets to give up */
    deny?: string[];
  }

  /** Which sessions are wanted. */
  export interface SessionFilter {
    /** only those that are it now */
    status?: "active" | "suspended" | "expired";
    /** only those that have this tag */
    tag?: string;
    /** only the one with this name */
    name?: string;
  }

  /** What a session starts with. */
  export interface SessionOptions {
    /** a name by which it can be found, too */
    name?: string;
    /** words by which it can be found */
    tags?: string[];
    /** its first values */
    values?: Table;
    /** it expires after so much time without a run; never without it */
    lifetime?: Duration;
  }
  export type SessionOptionsGiven = SessionOptions | string;

  /** Settings that may also stand on top. */
  export interface SettingOptions {
    /** how often a failed call is repeated; the same as `retry.attempts` */
    retryCount?: number;
    /** as on top */
    circuitBreaker?: Table;
    /** as on top */
    rateLimit?: Table;
    /** randomness of the model */
    temperature?: number;
    /** share of likely tokens to choose from */
    topP?: number;
    /** longest answer */
    maxTokens?: number;
    /** the same as `limits.seconds` */
    timeout?: Duration;
    /** limits under their older names */
    resources?: ResourceOptions;
    /** what to do when a run fails */
    errorStrategy?: StrategyGiven;
  }

  /** A collaboration. */
  export interface StartOptions {
    /** the agents, or their names */
    agents: any[];
    /** how they work together (default: sequential) */
    strategy?: "sequential" | "parallel" | "consensus" | "hierarchical" | "dynamic";
    /** what is to be done */
    task?: string;
    /** pieces of the work; one for each agent */
    steps?: StepOptions[];
    /** what all of them are told; also values for `{{x}}` in their prompts */
    shared?: Table;
    /** points where the work waits for some of its steps */
    syncPoints?: SyncOptions[];
    /** who plans, decides or puts together; the first agent */
    leader?: any;
    /** how many agents may work side by side; 0 for all (default: 0) */
    concurrency?: number;
    /** how votes count: one each, all alike, by confidence and `weights`, by rank (default: majority) */
    voting?: "majority" | "unanimous" | "weighted" | "ranked";
    /** weight of an agent's vote by its name, for `weighted`; 1 */
    weights?: Record<string, number>;
    /** share of all points above which a proposal is agreed on (default: 0.5) */
    threshold?: number;
    /** what to do when nothing is agreed on: argue and vote again, the leader decides, most points win, give up (default: debate) */
    conflict?: "debate" | "leader" | "best" | "fail";
    /** how often they vote, or how often the coordinator of `dynamic` chooses (default: 3) */
    rounds?: number;
    /** what to do when an agent fails; each strategy has its own way */
    onFailure?: "retry" | "reassign" | "skip" | "abort";
    /** how often a failed piece is tried again, for `retry` (default: 1) */
    retries?: number;
    /** how long all of it may take */
    timeout?: Duration;
  }

  /** A step: an agent, tool, workflow or function that does it; or a phase, which has steps of its own. */
  export interface StepOptions {
    /** what is done */
    steps?: StepOptionsGiven[];
    /** the same as `steps` */
    branches?: StepOptionsGiven[];
    /** the same as `steps`, of agents */
    agents?: StepOptionsGiven[];
    /** template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round */
    condition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string | boolean;
    /** branch of a conditional workflow */
    ifTrue?: StepOptionsGiven;
    /** the same as `if_true` */
    trueBranch?: StepOptionsGiven;
    /** the other branch */
    ifFalse?: StepOptionsGiven;
    /** the same as `if_false` */
    falseBranch?: StepOptionsGiven;
    /** step of a map-reduce for each item */
    map?: StepOptionsGiven;
    /** step of a map-reduce for the `results` */
    reduce?: StepOptionsGiven;
    /** the steps of a loop or fan-out */
    body?: StepOptionsGiven | StepOptionsGiven[];
    /** the same as `condition`, of a loop */
    whileCondition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string | boolean;
    /** condition that ends a loop, asked after each round */
    until?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string;
    /** the same as `until` */
    untilCondition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string;
    /** what a loop, fan-out, map-reduce or pipeline works on */
    items?: ((context: Record<string, any>) => unknown) | string | any[] | Table;
    /** the same as `items` */
    forEach?: ((context: Record<string, any>) => unknown) | string | any[] | Table;
    /** how many rounds a loop has */
    count?: number | string | ((context: Record<string, any>) => unknown);
    /** the same as `count` */
    times?: number | string | ((context: Record<string, any>) => unknown);
    /** how many rounds at most; 100 when only a condition ends a loop */
    maxIterations?: number;
    /** whether a loop gives a list of all rounds */
    collect?: boolean;
    /** how many steps at once; of those for each of `items` 500 */
    maxConcurrency?: number;
    /** whether the first failure ends the others */
    failFast?: boolean;
    /** how many steps must give something */
    requireMinimum?: number;
    /** how results are put together */
    aggregation?: AggregationOptionsGiven;
    /** the same as `aggregation.strategy` */
    mergeStrategy?: string;
    /** the same as `aggregation.aggregate` */
    aggregate?: (results: Record<string, any>) => unknown;
    /** whether it goes on when a step has failed (default: false) */
    continueOnError?: boolean;
    /** time for one attempt of a step that says nothing else */
    timeoutPerStep?: Duration;
    /** time for all of it */
    maxExecutionTime?: Duration;
    /** `function(context, run)` of a custom workflow; `run(name, input)` does a step */
    execute?: (context: Record<string, any>, run: (name: string, input?: unknown) => Promise<any>) => unknown;
    /** options of a kind that a plugin brings */
    options?: Table;
    /** its name; who does it without one */
    name?: string;
    /** the same as `name` */
    id?: string;
    /** the kind of a phase, such as `parallel` */
    type?: string;
    /** who does it, whatever that is */
    component?: Given<Agent> | Given<Tool> | BaseTool | Given<Workflow> | ((context: Record<string, any>, input?: any) => unknown) | string;
    /** the agent that does it, or its name; in a template `self` */
    agent?: Given<Agent> | string;
    /** the tool that does it, or its name */
    tool?: Given<Tool> | BaseTool | string;
    /** tools that do it side by side; with an `agent` tools that it is offered */
    tools?: (Given<Tool> | BaseTool | string)[];
    /** the workflow that does it, or its name */
    workflow?: Given<Workflow> | string;
    /** `function(context)` that does it; `function(context, input)` when there is an `input` */
    run?: (context: Record<string, any>, input?: any) => unknown;
    /** source text that does it, in the language of `engine`; it reads `params.input` */
    code?: string;
    /** name of the engine that runs `code`; that of the spell without it */
    engine?: string;
    /** what its agent shall do; or the same as `run` */
    action?: string | ((context: Record<string, any>, input?: any) => unknown);
    /** the same as `action` */
    query?: string;
    /** the same as `action` */
    task?: string;
    /** the same as `action` */
    prompt?: string;
    /** what it is given: a value with `{{x}}` in it, or `function(context)`; without it what the step before gave */
    input?: any;
    /** name of what it gives */
    output?: string;
    /** how often it is attempted */
    retry?: RetryOptionsGiven;
    /** time for one attempt */
    timeout?: Duration;
    /** what to do when it fails, see `ErrorStrategy` */
    errorStrategy?: StrategyGiven;
    /** steps of a graph that come before it */
    dependsOn?: string | string[];
    /** whether it waits for all of them (default: all) */
    join?: "all" | "any";
    /** what takes it back when the workflow fails later; it knows the `output` */
    compensate?: StepOptionsGiven;
  }
  export type StepOptionsGiven = StepOptions | Given<Agent> | Given<Tool> | BaseTool | Given<Workflow> | ((...given: any[]) => any) | string;

  /** One step of a transaction. */
  export interface StoreOperation {
    /** what to do; without it a step with a value sets and one without deletes */
    type?: "set" | "put" | "delete";
    /** the same as `type` */
    op?: "set" | "put" | "delete";
    /** the key */
    key: string;
    /** what to set */
    value?: any;
  }

  /** What to do about an error. Keys `on_<type of error>` name a strategy for that type alone. */
  export interface Strategy {
    /** which way, see `ErrorStrategy`; without it the other keys decide */
    type?: string;
    /** function to call again, for `retry` */
    operation?: () => unknown;
    /** how often, for `retry` (default: 3) */
    attempts?: number;
    /** the same as `attempts` */
    maxRetries?: number;
    /** the same as `attempts` */
    retryCount?: number;
    /** wait before the first repetition (default: 1000) */
    delay?: Duration;
    /** the same as `delay` */
    initialDelay?: Duration;
    /** the same as `delay` */
    retryDelay?: Duration;
    /** factor by which the wait grows (default: 2.0) */
    backoff?: number;
    /** the same as `backoff` */
    backoffMultiplier?: number;
    /** longest wait (default: 30000) */
    maxDelay?: Duration;
    /** result to use, for `fallback` and `continue_degraded` */
    value?: any;
    /** agent to ask instead, for `fallback` */
    agent?: Given<Agent> | string;
    /** the same as `agent` */
    fallbackAgentId?: Given<Agent> | string;
    /** tool to run instead, for `fallback` */
    tool?: Given<Tool> | BaseTool | string;
    /** the same as `tool` */
    fallbackToolName?: Given<Tool> | BaseTool | string;
    /** what the agent or tool is given; what failed was given this without it */
    input?: any;
    /** `function(error)` whose value is the result, for `handler` and `fallback` */
    handler?: (error: any) => unknown;
    /** strategies to try one after the other, for `cascade` */
    strategies?: any[];
    /** agent that failed -> agent to ask instead, for `cascade` */
    fallbackAgents?: Table;
    /** name of the strategy to end with */
    fallbackBehavior?: string;
    /** whether `continue_degraded` skips them */
    skipFailedTools?: boolean;
    /** whether `continue_degraded` uses them */
    useCachedResults?: boolean;
    /** how old a result of `fallback_to_cached` may be */
    cacheTimeout?: Duration;
    /** `provider/model`, for `switch_to_fallback_provider` */
    fallbackProviders?: string[];
    /** keys of `[resilience.breaker]`, beside anything else */
    circuitBreaker?: Table;
    /** failures in a row that open the circuit, for `circuit_breaker` */
    failureThreshold?: number;
    /** how long the circuit stays open */
    resetTimeout?: Duration;
    /** the same as `reset_timeout` */
    recoveryTimeout?: Duration;
    /** whether a stream of which parts were read begins anew, after a part `reset` (default: false) */
    afterParts?: boolean;
    /** error types it is for; others are not recovered */
    only?: string[];
    [key: string]: any;
  }
  export type StrategyGiven = Strategy | string;

  /** How a subscription is ordered and bounded. */
  export interface SubscribeOptions {
    /** 0-1000, higher is told first (default: 500) */
    priority?: number;
    /** how long the handler may take */
    timeout?: Duration;
    /** events that may wait for the handler (default: 1000) */
    queue?: number;
    /** what happens to an event that does not fit the queue (default: block) */
    overflow?: "block" | "drop_oldest" | "drop_newest" | "error";
    /** `function(event)`, or fields that must be equal */
    filter?: ((event: EventRecord) => boolean | PromiseLike<boolean>) | Table;
  }

  /** Which of its tests run. */
  export interface SuiteOptions {
    /** run none of them; text says why (default: false) */
    skip?: boolean | string;
    /** run these and no others of the file (default: false) */
    only?: boolean;
  }

  /** What `Swarm.create` gave, or the options of a swarm. */
  export interface SwarmGiven {
    /** the agents, or their names */
    agents: any[];
    /** how often each of them proposes (default: 3) */
    rounds?: number;
    /** how many of the best solutions all of them see (default: 3) */
    keep?: number;
    /** score from 0 to 10 that is good enough to stop */
    target?: number;
    /** rounds without a better solution before they stop (default: 1) */
    patience?: number;
    /** how long all of it may take */
    timeout?: Duration;
    names?: string[];
  }

  /** A swarm: agents that better a solution by looking at the best ones so far. */
  export interface SwarmOptions {
    /** the agents, or their names */
    agents: any[];
    /** how often each of them proposes (default: 3) */
    rounds?: number;
    /** how many of the best solutions all of them see (default: 3) */
    keep?: number;
    /** score from 0 to 10 that is good enough to stop */
    target?: number;
    /** rounds without a better solution before they stop (default: 1) */
    patience?: number;
    /** how long all of it may take */
    timeout?: Duration;
  }

  /** A point where the work waits for some of its steps, for `parallel`. */
  export interface SyncOptions {
    /** name by which steps depend on it */
    name: string;
    /** steps that must have ended */
    waitFor: string[];
    /** how many of them must have succeeded; all */
    require?: number;
  }

  /** Whether a test runs, and how long it may take. */
  export interface TestOptions {
    /** run none of them; text says why (default: false) */
    skip?: boolean | string;
    /** run these and no others of the file (default: false) */
    only?: boolean;
    /** longest time (default: 60000) */
    timeout?: Duration;
  }
  export type TestOptionsGiven = TestOptions | Duration;

  /** What a tool written in the script is. */
  export interface ToolOptions {
    /** snake_case name that models call */
    name: string;
    /** `function(arguments)`; what it returns is the result */
    execute: (input: any) => unknown;
    /** one sentence for models */
    description?: string;
    /** JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in */
    parameters?: Table;
    /** the same as `parameters` */
    inputSchema?: Table;
    /** JSON Schema of the result */
    outputSchema?: Table;
    /** category it is listed under (default: script) */
    category?: string;
    /** capabilities it is found by */
    capabilities?: string[];
    /** calls that show its use */
    examples?: Table[];
    /** what may be repeated (default: once) */
    effect?: "pure" | "idempotent" | "once";
    /** how long one call may take (default: 60000) */
    timeout?: Duration;
    /** whether a person decides about each call that a model makes (default: false) */
    approval?: boolean;
    /** what a call can come to at worst; `outward` when its function sends data out (default: read) */
    risk?: "read" | "write" | "outward" | "execute";
    /** what is said of its results: they must not leave unseen, are from outside */
    labels?: ("private" | "untrusted")[];
    /** version of the tool (default: 1.0.0) */
    version?: string;
    /** what to do when it fails, whoever calls it */
    errorStrategy?: StrategyGiven;
  }

  /** How much of a trace is wanted. */
  export interface TraceOptions {
    /** only so many levels of operations */
    depth?: number;
    /** only these operations: `llm_call`, `tool_execution`, ... */
    only?: string[];
    /** also what went between the script and llmspell (default: false) */
    messages?: boolean;
  }

  /** How an update goes on when others write the key, too. */
  export interface UpdateOptions {
    /** how often the function is asked (default: 100) */
    attempts?: number;
  }

  /** How a workflow is offered as an agent. */
  export interface WorkflowAgentOptions {
    /** its name; the workflow's own */
    name?: string;
    /** what it is for; the workflow's own */
    description?: string;
    /** words by which `Agent.find` and other agents find it */
    capabilities?: string[];
  }
  export type WorkflowAgentOptionsGiven = WorkflowAgentOptions | string;

  /** A workflow. */
  export interface WorkflowOptions {
    /** what is done */
    steps?: StepOptionsGiven[];
    /** the same as `steps` */
    branches?: StepOptionsGiven[];
    /** the same as `steps`, of agents */
    agents?: StepOptionsGiven[];
    /** template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round */
    condition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string | boolean;
    /** branch of a conditional workflow */
    ifTrue?: StepOptionsGiven;
    /** the same as `if_true` */
    trueBranch?: StepOptionsGiven;
    /** the other branch */
    ifFalse?: StepOptionsGiven;
    /** the same as `if_false` */
    falseBranch?: StepOptionsGiven;
    /** step of a map-reduce for each item */
    map?: StepOptionsGiven;
    /** step of a map-reduce for the `results` */
    reduce?: StepOptionsGiven;
    /** the steps of a loop or fan-out */
    body?: StepOptionsGiven | StepOptionsGiven[];
    /** the same as `condition`, of a loop */
    whileCondition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string | boolean;
    /** condition that ends a loop, asked after each round */
    until?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string;
    /** the same as `until` */
    untilCondition?: ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string;
    /** what a loop, fan-out, map-reduce or pipeline works on */
    items?: ((context: Record<string, any>) => unknown) | string | any[] | Table;
    /** the same as `items` */
    forEach?: ((context: Record<string, any>) => unknown) | string | any[] | Table;
    /** how many rounds a loop has */
    count?: number | string | ((context: Record<string, any>) => unknown);
    /** the same as `count` */
    times?: number | string | ((context: Record<string, any>) => unknown);
    /** how many rounds at most; 100 when only a condition ends a loop */
    maxIterations?: number;
    /** whether a loop gives a list of all rounds */
    collect?: boolean;
    /** how many steps at once; of those for each of `items` 500 */
    maxConcurrency?: number;
    /** whether the first failure ends the others */
    failFast?: boolean;
    /** how many steps must give something */
    requireMinimum?: number;
    /** how results are put together */
    aggregation?: AggregationOptionsGiven;
    /** the same as `aggregation.strategy` */
    mergeStrategy?: string;
    /** the same as `aggregation.aggregate` */
    aggregate?: (results: Record<string, any>) => unknown;
    /** whether it goes on when a step has failed (default: false) */
    continueOnError?: boolean;
    /** time for one attempt of a step that says nothing else */
    timeoutPerStep?: Duration;
    /** time for all of it */
    maxExecutionTime?: Duration;
    /** `function(context, run)` of a custom workflow; `run(name, input)` does a step */
    execute?: (context: Record<string, any>, run: (name: string, input?: unknown) => Promise<any>) => unknown;
    /** options of a kind that a plugin brings */
    options?: Table;
    /** its name */
    name?: string;
    /** its kind, for `Workflow.create` */
    type?: string;
    /** what it is for */
    description?: string;
    /** JSON Schema of its input, or a map of names to types; anything without */
    input?: Table;
    /** template, map of templates or `function(context)` that makes its output */
    output?: any;
    /** time for all of it */
    timeout?: Duration;
    /** attempts of a step that says nothing else */
    retry?: RetryOptionsGiven;
    /** what to do when a step fails, see `ErrorStrategy`; or a map of steps to that */
    errorStrategy?: string | Table;
    /** whether its steps outlive the process; wants a durable run, which keeps every step (default: false) */
    saveCheckpoints?: boolean;
    /** after how many steps at least; every step is kept, whatever it says, so none is done twice */
    checkpointInterval?: number;
    /** options that may also stand on top */
    config?: Table;
  }

  /** How a workflow is offered as a tool. */
  export interface WorkflowToolOptions {
    /** snake_case name that models call; the workflow's own */
    name?: string;
    /** one sentence for models; the workflow's own */
    description?: string;
  }
  export type WorkflowToolOptionsGiven = WorkflowToolOptions | string;

  /** When a value may be written or removed. */
  export interface WriteOptions {
    /** only when the key has this version; 0 means: only when it is absent */
    version?: number;
  }
  export type WriteOptionsGiven = WriteOptions | number;

  /**
   * An agent that a script holds.
   *
   * It is closed when nobody refers to this object any more: no script, no name, no run under way, no other agent that
   * falls back on it.
   */
  export class Agent {
    /** Fetch a template of agents by name; with a table, define it under this name, see `Template.define`. */
    static template(name: string, config?: Table): Soon<Template>;
    /** Fetch a template of agents by name; with a table, define it under this name, see `Template.define`. */
    static getTemplate(name: string, config?: Table): Soon<Template>;
    /** Derive a template from another; see `Template.extend`. */
    static extend(base: string | Given<Template>, name: string | Table, config?: Table): Soon<Template>;
    /** Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file. */
    static createFromConfig(config: string | Table): Soon<Agent>;
    /** Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file. */
    static fromConfig(config: string | Table): Soon<Agent>;
    constructor(config?: AgentOptions);
    /**
     * Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.
     *
     * Without `provider` and `model` the first provider that is configured answers.
     */
    static new(config?: AgentOptions): Soon<Agent>;
    /**
     * Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.
     *
     * Without `provider` and `model` the first provider that is configured answers.
     */
    static create(config?: AgentOptions): Soon<Agent>;
    /** Give the agent of this name, the newest one. Raises `agent_not_found` with the nearest names. */
    static get(name: string): Soon<Agent>;
    /** Run an agent by name; see `agent:execute`. */
    static execute(name: string | Given<Agent>, given: ExecuteOptionsGiven, options?: ExecuteOptionsGiven): Promise<Table>;
    /** Find agents of this spell that have all of these capabilities, and any of these words; best match first. */
    static find(options?: FindOptionsGiven): Promise<Agent[]>;
    /** List the agents that have a name. */
    static list(): Promise<Agent[]>;
    readonly name: string;
    readonly id: string;
    /**
     * Make a tool of the agent, whose argument is `input` and whose result is what the agent answers.
     *
     * It has the rights that both the agent and its caller have; what it takes is counted for its caller, too. Where
     * tools are listed an agent may stand for itself: `tools = {agent}`.
     */
    asTool(options?: AsToolOptionsGiven): Soon<Tool>;
    /**
     * Give the agent's conversation to another agent, which goes on with it; returns what its `execute` returns.
     *
     * The conversation is the other agent's from now on, this one keeps its own as it is. Raises `handoff` for an
     * agent that would hand over to itself, `agent_not_found`, and what the other agent's run raises.
     */
    handoff(options: HandoffOptionsGiven): Promise<Table>;
    /**
     * Have another agent do a task for this one; returns what its `execute` returns.
     *
     * It has the rights that both have and stays within this agent's limits; what it takes is counted for both, and
     * neither conversation changes. Raises `handoff` for the agent itself, `agent_not_found`, and what the other
     * agent's run raises.
     */
    delegateTo(other: Given<Agent> | string, task: string | Table, options?: DelegateOptions): Promise<Table>;
    /**
     * Ask agents whether they take a task, side by side, and choose the surest of those that do.
     *
     * Returns `{accepted, agent, confidence, bids}`; a bid is `{agent, accept, confidence, reason, conditions}`, or
     * has the `error` for which there is none. With `execute` the chosen agent does the task, as `delegate_to` has it,
     * and `result` is what it gave. Without agents or capabilities the agent itself is asked.
     */
    negotiateTask(task: string | Table, options?: NegotiateOptions): Promise<Table>;
    /** Give the agent's state, a table that its spell keeps with it. */
    getState(): Promise<Table>;
    /** Replace the agent's state. */
    setState(state: Table): Promise<void>;
    /** Empty the agent's state. */
    clearState(): Promise<void>;
    /**
     * Keep the agent's state and its conversation for agents of this name in later runs of the spell.
     *
     * They are `state` and `saved_conversation` in the scope `agent`.
     */
    saveState(): Promise<void>;
    /** Bring back the state and the conversation that `save_state` kept, and tell whether there were any. */
    restoreState(): Promise<boolean>;
    /**
     * Give the conversation so far: `{role, content, tool_calls, results}` each.
     *
     * Where a summary stands for what came before, it is the first, with `summary = true`.
     */
    history(): Promise<Table[]>;
    /**
     * Give the conversation so far: `{role, content, tool_calls, results}` each.
     *
     * Where a summary stands for what came before, it is the first, with `summary = true`.
     */
    getHistory(): Promise<Table[]>;
    /** Add messages to the conversation without asking the model. */
    addToHistory(message: HistoryMessage | HistoryMessage[]): Promise<void>;
    /** Add messages to the conversation without asking the model. */
    addHistory(message: HistoryMessage | HistoryMessage[]): Promise<void>;
    /** Forget the conversation, also where it is kept. */
    reset(): Promise<void>;
    /** Forget the conversation, also where it is kept. */
    clearHistory(): Promise<void>;
    /**
     * Keep a text, or a value under a key, for this agent in later runs, too; give the key.
     *
     * `remember("Ada likes tea")` keeps the text under a new key, `remember("birthday", "1815-12-10")` a value, in the
     * place of what was there.
     */
    remember(text: string, value?: any, options?: NamespaceOptionsGiven): Promise<string>;
    /**
     * Give what was remembered: the value under exactly this key, else a list of the facts whose words fit best.
     *
     * With options there is always a list: `{key, value, text, at, score}` each, the best first. Without a query the
     * newest facts are listed.
     */
    recall(query?: string, options?: RecallOptionsGiven): Promise<any>;
    /** Forget the fact under a key, without one all facts; give their number. */
    forget(key?: string, options?: NamespaceOptionsGiven): Promise<number>;
    /** List the tools that its template wants and nobody has: `{tool | capability, why, near}`. */
    missingTools(): Promise<Table[]>;
    /** List what its template says it can do; nothing for an agent without template. */
    capabilities(): Promise<string[]>;
    /** List the workflows that its template has; nothing for an agent without template. */
    listWorkflows(): Promise<string[]>;
    /**
     * Make a workflow that its template has; `self` is this agent there.
     *
     * Raises `workflow_not_found`, and `workflow_definition` with all that it wants and that is not there.
     */
    workflow(name: string): Soon<Workflow>;
    /**
     * Say something and return the answer's text; the agent's `error_strategy` is followed when that fails.
     *
     * `message` is text, or a table that also brings `images`, `audio` or `files`: paths, addresses, data URLs, bytes.
     * Where an `output` was asked for the text is its JSON; `execute` gives the value. Raises `limit_reached`,
     * `timeout`, `output_mismatch`, provider errors, what a hook decides, and `approval_required` when a tool call
     * waits for a person: `execute` gives what it takes to go on then. A durable run pauses there instead, until
     * somebody has decided.
     */
    chat(message: string | ((ExecuteOptionsGiven) & { onError?: "raise" }), options?: (ExecuteOptionsGiven) & { onError?: "raise" }): Promise<string>;
    chat(message: ExecuteOptionsGiven, options?: ExecuteOptionsGiven): Promise<string | Table>;
    /**
     * Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
     *
     * `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
     * for, else the text.
     * `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
     * `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
     * `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
     * what the model thought and `media` are what it made, where there is any. Where others took over,
     * `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
     */
    execute(given: ExecuteOptionsGiven, options?: ExecuteOptionsGiven): Promise<Table>;
    /**
     * Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
     *
     * `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
     * for, else the text.
     * `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
     * `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
     * `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
     * what the model thought and `media` are what it made, where there is any. Where others took over,
     * `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
     */
    run(given: ExecuteOptionsGiven, options?: ExecuteOptionsGiven): Promise<Table>;
    /**
     * Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
     *
     * `given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
     * for, else the text.
     * `cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
     * `paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
     * `agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
     * what the model thought and `media` are what it made, where there is any. Where others took over,
     * `metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
     */
    invoke(given: ExecuteOptionsGiven, options?: ExecuteOptionsGiven): Promise<Table>;
    /**
     * Run the agent and iterate over the parts of its answer; leaving the loop cancels the run.
     *
     * Parts are tables with a `type`: `text` and `reasoning` (with `text`), `tool_call_start|delta|end`,
     * `tool_result`, `usage`, `finish`, `reset` (what came so far is void), `handoff` (with `from`, `to`, `reason`),
     * `agent` (a `part` of an agent that it uses as a tool, named by `agent`), `answer`, and as the last one `done`
     * with all that `execute` returns. Where an `output` was asked for there is
     * also `partial`, with the `data` that are valid so far.
     *
     * The `error_strategy` is followed as in `execute` before the first part; a failure after it ends the stream with
     * the error, unless the strategy has `after_parts`.
     */
    stream(given: ExecuteOptionsGiven): Streaming;
    /**
     * Run the agent step by step: the next step begins when it is asked for; leaving the loop cancels the run.
     *
     * A step is `{type = "step", agent, kind = "ask" | "tools", turn, next, content, tool_calls, state}`: the model
     * was asked, or the tool calls of its answer were settled. `resume` of this `agent` goes on from `state`: it is
     * another one after a handoff. The last one is `done` with all that `execute` returns. No `error_strategy` is
     * followed.
     */
    steps(given: ExecuteOptionsGiven): Streaming;
    /**
     * Go on with a run from its `state`, also one that another process began; returns what `execute` returns.
     *
     * `decisions` are by the ids of calls in `pending`: `"approve"`, `"reject"`, `{reason = "..."}` rejects and tells
     * the model why, `{arguments = {...}}` approves with these arguments instead, and `always = "run" | "agent"`
     * beside `decision`, `reason` or `arguments` settles later calls of the tool alike. Calls without a decision go on
     * waiting; what has an outcome is not done again. No `error_strategy` is followed. A run that failed after an
     * answer goes on likewise, from `context.run_state` of its error.
     *
     * Raises `run_state`, `approval_expired` and `validation` before anything is spent.
     */
    resume(state: string | Table, decisions?: Table, options?: CallOptions): Promise<Table>;
    /** Go on with a run as `resume` does and iterate over its parts as `stream` does. */
    resumeStream(state: string | Table, decisions?: Table): Streaming;
    /**
     * Make sure that the agent could work, before anything is asked: `{ready=true, provider, model, tools}`.
     *
     * An agent needs no such call: it is ready when it is made. Raises `agent_configuration` without a model,
     * `component_unavailable` and `tool_not_found` for a provider or tool that cannot be loaded.
     */
    initialize(): Promise<Table>;
    /**
     * Make a plan: `{goal, steps, order, assumptions, risks, usage}`.
     *
     * A step has `id, title, details, needs` (ids of steps before it) and `done_when`; `order` has the ids in lists,
     * those that can go on together in one. A plan whose steps wait for each other in a circle is asked for again.
     * Raises `output_mismatch` and as `chat` does.
     */
    plan(goal: PlanOptionsGiven, options?: CallOptions): Promise<Table>;
    /**
     * Reason about a question step by step: `{question, steps, conclusion, confidence, gaps, evidence, usage}`.
     *
     * `evidence` are texts, or tables with a `text` and what else is to be known (`source`, ...). Each step says in
     * `evidence` which of them it rests on, counted from 1; `evidence` of the result has those that were used.
     * `confidence` is from 0 to 1, `gaps` is what would have to be known. Raises as `plan` does.
     */
    reason(question: string, evidence?: (string | Table)[], options?: CallOptions): Promise<Table>;
    /**
     * Solve a problem: weigh several ways, choose one, and check it against every constraint.
     *
     * Returns `{problem, understanding, options, chosen, solution, steps, checks, solved, confidence, open_questions,
     * usage}`; a check has `constraint, met, how`, and `solved` says that all are met. Raises as `plan` does.
     */
    solveProblem(problem: ProblemOptionsGiven, options?: CallOptions): Promise<Table>;
    /**
     * Learn from what somebody said: `{lessons, all}`, what was learned now and all that was learned so far.
     *
     * The model says what to keep to, in at most five sentences, unless a `lesson` is given. Lessons are told to the
     * model with every request from now on. They lie in the agent's state as `lessons`: `save_state` keeps them for
     * later runs, `clear_state` forgets them.
     */
    learnFromFeedback(feedback: FeedbackOptionsGiven, options?: CallOptions): Promise<Table>;
    /** Ask for an answer of a form and give it, the `data` of `execute`. Raises `output_mismatch`. */
    structuredOutput(prompt: string, schema: Table, options?: CallOptions): Promise<any>;
    /**
     * Say something in a context, and return the answer's text.
     *
     * `history` of the context is the conversation so far, `{role, content}` each, instead of the agent's own. Other
     * values fill `{{x}}` of the system prompt, and those that it has no place for stand before the message.
     */
    chatWithContext(message: string, context: Table, options?: (CallOptions) & { onError?: "raise" }): Promise<string>;
    chatWithContext(message: string, context: Table, options?: CallOptions): Promise<string | Table>;
    /**
     * Run the agent with these tools and no others, and return what `execute` does.
     *
     * Raises `tool_not_found` and as `chat` does.
     */
    generateWithTools(prompt: string, tools: (Given<Tool> | BaseTool | string | ToolOptions)[], options?: CallOptions): Promise<Table>;
    /**
     * Have the model choose functions to call: `{calls, content, usage}`; it is asked once.
     *
     * A call has `id, name, arguments`, and `faults` where those do not fit its parameters. Functions with `execute`
     * are called with arguments that fit, and the call has their `result` or `error`; others are for the script to do.
     */
    functionCalling(functions: FunctionOptions[], prompt: string, options?: CallOptions): Promise<Table>;
    /** Give the system prompt as it was written, with its `{{x}}`. */
    getPromptTemplate(): Promise<string>;
    /** Replace the system prompt from the next request on; raises `validation` for what is no template. */
    setPromptTemplate(template: string): Promise<void>;
    /** Replace the system prompt from the next request on; raises `validation` for what is no template. */
    updateSystemPrompt(template: string): Promise<void>;
    /** Write the system prompt with values; raises `validation` naming the first one that is missing. */
    renderPrompt(context?: Table): Promise<string>;
    /** Give the agent's configuration. */
    getConfig(): Promise<Table>;
    /** Change parts of the configuration; they hold from the next request on. */
    updateConfig(changes: AgentChanges): Promise<void>;
    /** Offer the agent one more tool, or another agent as one. */
    addTool(tool: Given<Tool> | BaseTool | Given<Agent> | string | ToolOptions): Promise<void>;
    /** Offer a tool no longer and tell whether it was offered; `"CalculatorTool"` means the tool `calculator`. */
    removeTool(tool: Given<Tool> | BaseTool | string): Promise<boolean>;
    /** List the agent's skills: `{name, description, folder}`. */
    listSkills(): Promise<(Record<string, string>)[]>;
    /** List the names of the tools the agent is offered. */
    listTools(): Promise<string[]>;
    /**
     * Register a hook that sees this agent alone.
     *
     * `before_execution`, `after_execution` and `on_error` mean the agent's own run.
     */
    registerHook(point: string, hook: ((context: HookContext, proceed: Proceed) => unknown) | Given<Listener> | HookSettings): Soon<Hook>;
    /**
     * Give what its runs took so far: `{agent, usage, cost, own, nested}`.
     *
     * `own` counts its own requests, `nested` those of each agent that it ran, in the same form; `usage` and `cost`
     * (US dollars, as text) are the sum; `cost` is absent where a price is not known.
     */
    tokenUsage(): Promise<Table>;
    /**
     * Give what its runs cost so far in US dollars, as text; nothing when nobody knows.
     *
     * Where answers did not tell their cost, their tokens count by the price of the agent's model.
     */
    estimatedCost(): Promise<string | null>;
    /** Tell how the agent is: `{status = "ready" | "closed", healthy, name, messages, tools}`. */
    health(): Promise<Table>;
    /** End the agent; its hooks are gone with it and its name is free. */
    close(): Promise<void>;
    /** End the agent; its hooks are gone with it and its name is free. */
    shutdown(): Promise<void>;
  }

  /**
   * A template: its fields can be read, and `create` and `extend` may be called with a dot in every language.
   *
   * It reads as a table with all that it has of those it extends: `name, description, capabilities, system_prompt,
   * tools, tool_capabilities, base_config, settings, workflows, lineage, missing_tools`, and every setting by its own
   * name. `config` is a table that can be changed and given to `Template.define`.
   */
  export interface Template {
    readonly name: string;
    readonly description: string;
    readonly system_prompt: string;
    readonly [name: string]: any;
    /**
     * Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.
     *
     * Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
     * error. Raises `agent_configuration`, `validation` and `tool_not_found`.
     */
    create(config?: Table): Soon<Agent>;
    /**
     * Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.
     *
     * Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
     * error. Raises `agent_configuration`, `validation` and `tool_not_found`.
     */
    new(config?: Table): Soon<Agent>;
    /**
     * Derive a template: `extend("name", {...})` or `extend{name = "name", ...}`; it can be found by that name.
     *
     * Texts and lists replace those of this one, tables are merged, capabilities and prompt additions are added;
     * `additional_tools` adds tools and `remove_tools` takes some away.
     */
    extend(name: string | Table, config?: Table): Soon<Template>;
    /** Tell whether agents of it can do something. */
    hasCapability(capability: string): Promise<boolean>;
    /** Tell whether it is derived from another, also over several. */
    inheritsFrom(name: string): Promise<boolean>;
    /** Write the prompt that an agent of it would have. */
    prompt(config?: Table): Promise<string>;
  }

  /** A tool that a script holds. */
  export class Tool {
    constructor(config: ToolOptions);
    /** Make a tool of a function; pass it to agents, or `Tools.register` it for use by name. */
    static new(config: ToolOptions): Soon<Tool>;
    /** Make a tool of a function; pass it to agents, or `Tools.register` it for use by name. */
    static create(config: ToolOptions): Soon<Tool>;
    readonly name: string;
    readonly description: string;
    readonly category: string;
    readonly version: string;
    /**
     * Run the tool; `{parameters = {...}}` is accepted for `{...}`.
     *
     * Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
     * `validation`, `permission_denied`, `refused` and what the tool raises.
     */
    execute(arguments?: Table, options?: CallOptions): Promise<Table>;
    /**
     * Run the tool; `{parameters = {...}}` is accepted for `{...}`.
     *
     * Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
     * `validation`, `permission_denied`, `refused` and what the tool raises.
     */
    call(arguments?: Table, options?: CallOptions): Promise<Table>;
    /**
     * Run the tool; `{parameters = {...}}` is accepted for `{...}`.
     *
     * Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
     * `validation`, `permission_denied`, `refused` and what the tool raises.
     */
    run(arguments?: Table, options?: CallOptions): Promise<Table>;
    /**
     * Run the tool; `{parameters = {...}}` is accepted for `{...}`.
     *
     * Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
     * `validation`, `permission_denied`, `refused` and what the tool raises.
     */
    invoke(arguments?: Table, options?: CallOptions): Promise<Table>;
    /**
     * Run the tool and iterate over what it tells while it works; leaving the loop cancels it.
     *
     * Parts are the tool's own tables; the last one is `{type = "done", ...}` with all that `execute` returns. A tool
     * that tells nothing gives that part alone.
     */
    stream(arguments?: Table, options?: CallOptions): Streaming;
    /** Give its name. */
    getName(): Promise<string>;
    /** Give its sentence for models. */
    getDescription(): Promise<string>;
    /** Give its category. */
    getCategory(): Promise<string>;
    /** Give the JSON Schema of its arguments. */
    getInputSchema(): Promise<Table>;
    /** Give the JSON Schema of its result, nothing when it declares none. */
    getOutputSchema(): Promise<any>;
    /** Give calls that show its use: `{name, args, result}`. */
    getExamples(): Promise<Table[]>;
    /** Give everything known of it, schemas and examples included. */
    getMetadata(): Promise<Table>;
    /** Give everything known of it, schemas and examples included. */
    describe(): Promise<Table>;
    /** Give the definition by which a model is offered the tool: `{name, description, parameters}`. */
    toFunctionDefinition(): Promise<Table>;
    /** Turn a model's call `{name, arguments}` into checked arguments; `arguments` may be a map or JSON text. */
    parseCall(call: Table): Promise<Table>;
    /**
     * Tell whether this tool's result can be another's input.
     *
     * It can when an output it declares is an argument of the other, or when the other requires one argument only.
     */
    canChainWith(other: Given<Tool> | BaseTool): Promise<boolean>;
    /** Run this tool, then the other on its result, and return the other's result. */
    chainWith(other: Given<Tool> | BaseTool, arguments?: Table): Promise<Table>;
  }

  /** A subscription of this spell. */
  export interface Subscription {
    readonly pattern: string;
    /** End the subscription and tell whether it was active. */
    remove(): Promise<boolean>;
    /** End the subscription and tell whether it was active. */
    unsubscribe(): Promise<boolean>;
    /** End the subscription and tell whether it was active. */
    cancel(): Promise<boolean>;
    /** Count: `{matched, filtered, failed, dropped, waiting, active}`. */
    stats(): Promise<Table>;
  }

  /** The event bus seen through a filter. */
  export interface View {
    /** Subscribe to those events that pass the filter. */
    subscribe(pattern: string, handler: (event: EventRecord) => unknown, options?: SubscribeOptions): Soon<Subscription>;
  }

  /** A hook this spell registered. */
  export interface Hook {
    readonly name: string;
    readonly point: string;
    /** Take the hook away and tell whether it was there. */
    remove(): Promise<boolean>;
    /** Take the hook away and tell whether it was there. */
    unregister(): Promise<boolean>;
    /** Count the hook's work: `{name, point, calls, failures, seconds}`; events have no seconds. */
    stats(): Promise<Table>;
  }

  /** What an `around_*` hook wraps. */
  export interface Proceed {
    /** Run what is inside and return its output; a context with changed fields changes the call. */
    run(context?: Table): Promise<any>;
    /** Run what is inside and return its output; a context with changed fields changes the call. */
    call(context?: Table): Promise<any>;
  }

  /** A ready-made hook; pass it to `Hooks.register` in place of a function. */
  export interface Listener {
    /** Give what a collector counted: `{executions, failures, seconds, subjects}`; empty for other listeners. */
    stats(): Promise<Table>;
  }

  /** A suite: what is defined on it belongs to it. */
  export interface Suite {
    readonly name: string;
    /** Define a suite and give it; `body(suite)` is called at once and defines what is in it. */
    suite(name: string, body?: (suite: Suite) => unknown, options?: SuiteOptions): Soon<Suite>;
    /** Define a suite and give it; `body(suite)` is called at once and defines what is in it. */
    describe(name: string, body?: (suite: Suite) => unknown, options?: SuiteOptions): Soon<Suite>;
    /** Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`. */
    test(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`. */
    it(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Define a test that does not run. */
    skip(name: string, body?: (t: Case) => unknown): Promise<void>;
    /** Define a test; of the file, it and others like it are all that runs. */
    only(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Call a function before the first test of the suite. */
    beforeAll(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` before each test of the suite and of those in it. */
    beforeEach(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` before each test of the suite and of those in it. */
    setup(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` after each test, whether it passed or not. */
    afterEach(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` after each test, whether it passed or not. */
    teardown(hook: (t: Case) => unknown): Promise<void>;
    /** Call a function after the last test of the suite. */
    afterAll(hook: (t: Case) => unknown): Promise<void>;
  }

  /** A test while it runs: what its function gets. Every assertion of `Assert` is a method of it. */
  export interface Case {
    readonly name: string;
    /** End the test without a verdict. */
    skip(reason?: string): Promise<void>;
    /** Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself. */
    assertEquals(actual: any, expected: any, message?: string): void;
    /** Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself. */
    assertEqual(actual: any, expected: any, message?: string): void;
    /** Check that two values differ somewhere. */
    assertNotEquals(actual: any, expected: any, message?: string): void;
    /** Check that two values differ somewhere. */
    assertNotEqual(actual: any, expected: any, message?: string): void;
    /** Check that two values are one and the same object. */
    assertSame(actual: any, expected: any, message?: string): void;
    /** Check that two values are two objects. */
    assertNotSame(actual: any, expected: any, message?: string): void;
    /** Check that a value is true itself, not only something that counts as true. */
    assertIsTrue(value: any, message?: string): void;
    /** Check that a value is true itself, not only something that counts as true. */
    assertTrue(value: any, message?: string): void;
    /** Check that a value is false itself. */
    assertIsFalse(value: any, message?: string): void;
    /** Check that a value is false itself. */
    assertFalse(value: any, message?: string): void;
    /** Check that a value counts as true in the language. */
    assertTruthy(value: any, message?: string): void;
    /** Check that a value counts as false in the language. */
    assertFalsy(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    assertIsNil(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    assertNil(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    assertIsNull(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    assertIsNone(value: any, message?: string): void;
    /** Check that there is a value. */
    assertNotNil(value: any, message?: string): void;
    /** Check that there is a value. */
    assertNotNull(value: any, message?: string): void;
    /** Check that there is a value. */
    assertNotNone(value: any, message?: string): void;
    /**
     * Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
     *
     * `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
     */
    assertType(value: any, name: any, message?: string): void;
    /**
     * Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
     *
     * `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
     */
    assertIsType(value: any, name: any, message?: string): void;
    /** Check that a text has a text in it, a list an equal item, a map a key. */
    assertContains(whole: any, part: any, message?: string): void;
    /** Check that it does not. */
    assertNotContains(whole: any, part: any, message?: string): void;
    /** Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`. */
    assertMatches(text: string, pattern: any, message?: string): void;
    /** Check that a number or text is greater than another. */
    assertGreaterThan(value: any, bound: any, message?: string): void;
    /** Check that a number or text is greater than another. */
    assertGreater(value: any, bound: any, message?: string): void;
    /** Check that a number or text is greater than another or equal. */
    assertAtLeast(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another. */
    assertLessThan(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another. */
    assertLess(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another or equal. */
    assertAtMost(value: any, bound: any, message?: string): void;
    /** Check that a number is at most `tolerance` away from another. */
    assertCloseTo(value: number, expected: number, tolerance?: number, message?: string): void;
    /** Check that a number is at most `tolerance` away from another. */
    assertNear(value: number, expected: number, tolerance?: number, message?: string): void;
    /** Check how many items or keys there are, or how long a text is as the language counts it. */
    assertLength(value: any, expected: number, message?: string): void;
    /** Check how many items or keys there are, or how long a text is as the language counts it. */
    assertHasLength(value: any, expected: number, message?: string): void;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    assertThrows(work: any, expected?: any, message?: string): any;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    assertRaises(work: any, expected?: any, message?: string): any;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    assertError(work: any, expected?: any, message?: string): any;
    /** Fail. */
    assertFail(message?: string): void;
  }

  /** Stands in for a tool of this run until it is removed or the spell ends. */
  export interface Mock {
    readonly name: string;
    /** Give the arguments of every call so far, in order. */
    calls(): Promise<any[]>;
    /** Let the tool itself answer again. */
    remove(): Promise<void>;
    /** Let the tool itself answer again. */
    restore(): Promise<void>;
  }

  /**
   * A spell that this one loaded: what it exports can be read as fields, and called where it is a function.
   *
   * `exports` has all of it, `path` and `engine` tell where it comes from. An export named like one of these, or like a
   * method, is found in `exports`.
   */
  export interface Spell {
    readonly path: string;
    readonly engine: string;
    readonly [name: string]: any;
    /**
     * End the spell with all it registered and loaded, and tell whether it was open.
     *
     * Its functions cannot be called any more.
     */
    close(): Promise<boolean>;
  }

  /** A spell made of a workflow; it can be cast any number of times. */
  export interface Composed {
    readonly name: string;
    readonly description: string;
    /** Run it as an operation of its own and return what `workflow:execute` returns. */
    cast(given?: any, options?: CallOptions): Promise<Table>;
    /** Run it as an operation of its own and return what `workflow:execute` returns. */
    execute(given?: any, options?: CallOptions): Promise<Table>;
    /** Run it as an operation of its own and return what `workflow:execute` returns. */
    run(given?: any, options?: CallOptions): Promise<Table>;
  }

  /** A session that a script holds; `info` tells how it is now. */
  export interface Session {
    readonly id: string;
    readonly name: string;
    /** Tell about it: `{id, name, status, suspended, tags, created, used, lifetime, runs}`, times in seconds. */
    info(): Promise<Table>;
    /** Give its state: the scope `session` of this session, also in a run that did not join it. */
    state(): Promise<State>;
    /** Give all its values by key. */
    values(): Promise<Table>;
    /** Put it to rest: no run may join it, and it does not expire. Gives what `info` does. */
    suspend(): Promise<Table>;
    /** Make it usable again, also when it has expired. Gives what `info` does. */
    resume(): Promise<Table>;
    /** Add tags and list them all. */
    tag(tags?: string): Promise<string[]>;
    /** Take tags away and list those that are left. */
    untag(tags?: string): Promise<string[]>;
    /** Let it expire after another time without a run; never, when none is given. */
    extend(lifetime?: Duration): Promise<void>;
    /** Forget it with all its values and their histories; an error while a run uses it. */
    remove(): Promise<void>;
  }

  /** One scope of the state. */
  export interface State {
    readonly scope: string;
    /** Read a value; `default` when the key is absent. */
    get(key: string, default_?: any): Promise<any>;
    /**
     * Write a value and give its version; with `{version = n}` only when the key has that version.
     *
     * Otherwise it raises `state_conflict`, and nothing is written.
     */
    set(key: string, value: any, options?: WriteOptionsGiven): Promise<number>;
    /**
     * Write a value and give its version; with `{version = n}` only when the key has that version.
     *
     * Otherwise it raises `state_conflict`, and nothing is written.
     */
    put(key: string, value: any, options?: WriteOptionsGiven): Promise<number>;
    /** Write several values, all or none, and give their versions. */
    setMany(values: Table): Promise<Record<string, number>>;
    /** Write several values, all or none, and give their versions. */
    setBatch(values: Table): Promise<Record<string, number>>;
    /**
     * Write what `change(value, version)` gives and return the entry.
     *
     * The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
     * nothing is an error: it is a `return` forgotten more often than a value.
     */
    update(key: string, change: (value: any, version: number) => unknown, options?: UpdateOptions): Promise<Table>;
    /** Add to a whole number in one step and return it; an absent key counts as 0. */
    increment(key: string, by?: number): Promise<number>;
    /** Remove a key and tell whether it was there; its history stays. */
    delete(key: string, options?: WriteOptionsGiven): Promise<boolean>;
    /** Remove a key and tell whether it was there; its history stays. */
    remove(key: string, options?: WriteOptionsGiven): Promise<boolean>;
    /** Remove the keys with a prefix, all or none, and give their number. */
    clear(prefix?: string): Promise<number>;
    /** Tell whether a key is there. */
    exists(key: string): Promise<boolean>;
    /** Tell whether a key is there. */
    has(key: string): Promise<boolean>;
    /** Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent. */
    entry(key: string): Promise<Table | null>;
    /** List the keys, in order. */
    list(prefix?: string): Promise<string[]>;
    /** List the keys, in order. */
    keys(prefix?: string): Promise<string[]>;
    /** List the entries, in the order of their keys. */
    entries(prefix?: string): Promise<Table[]>;
    /** List the versions of a key that are kept, the newest first; `[state] history` says how many. */
    history(key: string, options?: HistoryOptionsGiven): Promise<Table[]>;
    /** Write the value of an older version once more and give the new version. */
    revert(key: string, version: number): Promise<number>;
    /**
     * Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
     *
     * It hears the changes of all runs of this application, not those of other processes. The value is not told: read
     * it with `get`.
     */
    subscribe(pattern: string, handler: (change: Record<string, any>) => unknown): Promise<State_subscription>;
    /**
     * Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
     *
     * It hears the changes of all runs of this application, not those of other processes. The value is not told: read
     * it with `get`.
     */
    watch(pattern: string, handler: (change: Record<string, any>) => unknown): Promise<State_subscription>;
    /** Give the entries with a prefix as one map, which `import` reads and JSON can say. */
    export(prefix?: string): Promise<Table>;
    /** Write what `export` gave, all or nothing, and give the number of values written. */
    import(document: Table, options?: ImportOptionsGiven): Promise<number>;
    /** Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them. */
    handOver(to: Given<State>, options?: HandOverOptions): Promise<string[]>;
    /**
     * Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.
     *
     * Copies are made first, and all values change at once or, when a step fails for one, none does
     * (`state_migration` names every key).
     */
    migrate(options: MigrateOptions): Promise<Table>;
    /** Undo the last migration; without `force` it raises `state_migration` when values were written since. */
    rollback(options?: RollbackOptions): Promise<Table>;
    /** Give the number of migration steps that the scope has had. */
    schemaVersion(): Promise<number>;
  }

  /** A function that is called when values change. */
  export interface State_subscription {
    readonly pattern: string;
    /** End the subscription and tell whether it was active. */
    remove(): Promise<boolean>;
    /** End the subscription and tell whether it was active. */
    unsubscribe(): Promise<boolean>;
    /** End the subscription and tell whether it was active. */
    cancel(): Promise<boolean>;
  }

  /** A workflow that a script holds; it can be run any number of times. */
  export class Workflow {
    constructor(kind: string | WorkflowOptions, options?: WorkflowOptions);
    /**
     * Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.
     *
     * Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
     * plugin brings.
     */
    static new(kind: string | WorkflowOptions, options?: WorkflowOptions): Soon<Workflow>;
    /**
     * Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.
     *
     * Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
     * plugin brings.
     */
    static create(kind: string | WorkflowOptions, options?: WorkflowOptions): Soon<Workflow>;
    /** Make a workflow of steps one after the other; its value is that of the last one. */
    static sequential(options: WorkflowOptions | StepOptionsGiven[]): Soon<Workflow>;
    /**
     * Make a workflow of steps side by side; its value is put together of all (`aggregation`).
     *
     * Without `fail_fast` all come to their ends; then all must have given something, or `require_minimum` of them.
     */
    static parallel(options: WorkflowOptions | StepOptionsGiven[], more?: WorkflowOptions): Soon<Workflow>;
    /** Make a workflow that does `if_true` or `if_false`, or the first of `branches` whose `condition` holds. */
    static conditional(options: WorkflowOptions | ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string, ifTrue?: StepOptionsGiven, ifFalse?: StepOptionsGiven): Soon<Workflow>;
    /** Make a workflow of rounds: while a `condition` holds, `until` one does, for each of `items`, or `count`. */
    static loop(options: WorkflowOptions | ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string, body?: StepOptionsGiven, more?: WorkflowOptions): Soon<Workflow>;
    /** Make a workflow of steps for each of `items`, side by side; its value is the list of what they gave. */
    static fanOut(options: WorkflowOptions): Soon<Workflow>;
    /** Make a workflow of a step `map` for each of `items`, side by side, and a step `reduce` for the `results`. */
    static mapReduce(options: WorkflowOptions): Soon<Workflow>;
    /** Make a workflow that passes what a step gives to the next; with `items` each of them goes through all. */
    static pipeline(options: WorkflowOptions | StepOptionsGiven[]): Soon<Workflow>;
    /** Make a workflow of steps that begin when those of their `depends_on` are done; circles are refused. */
    static graph(options: WorkflowOptions | StepOptionsGiven[]): Soon<Workflow>;
    /** Make a sequential workflow whose steps are taken back (`compensate`), the last first, when one fails. */
    static saga(options: WorkflowOptions | StepOptionsGiven[]): Soon<Workflow>;
    /** Make a workflow of a function `execute(context, run)`; `run(name, input)` does a step and gives its value. */
    static custom(options: WorkflowOptions | ((context: Record<string, any>, run: (name: string, input?: unknown) => Promise<any>) => unknown)): Soon<Workflow>;
    /**
     * Make a workflow by a named pattern: `Workflow.from_pattern("review_loop", {writer = ..., reviewer = ...})`.
     *
     * `Workflow.patterns()` says which there are and what each needs; a part is an agent, tool, workflow, function, or
     * a table as of a step. Raises `workflow_not_found`, `validation`, and `workflow_definition`.
     */
    static fromPattern(name: string, options: Table): Soon<Workflow>;
    /** List the named patterns: `{name, description, needs, takes}`. */
    static patterns(): Promise<Table[]>;
    /** Keep the options of a workflow, with a `type`, as a template, of which `Workflow.from_template` makes one. */
    static define(name: string, options: WorkflowOptions): Promise<void>;
    /**
     * Make a workflow of a template, with changes: options, and steps by name; `remove_steps` leaves some out.
     *
     * Raises `workflow_not_found`, and `workflow_definition` with everything that is wrong with it.
     */
    static fromTemplate(name: string, changes?: WorkflowOptions): Soon<Workflow>;
    /**
     * Make a graph that does what is required, each part by an agent that has its `capabilities`.
     *
     * Of several agents the one with least to do is taken. Raises `workflow_definition` with every requirement that
     * nobody meets, and with all else that is wrong.
     */
    static generate(options: GenerateOptions): Soon<Workflow>;
    /**
     * Change a workflow, also while it runs: `{modification = "none" | "minor" | "major", added, replaced, ...}`.
     *
     * Steps that have begun stay as they are: changing them is an error of type `workflow_state`. Raises
     * `workflow_not_found` for a step that is not there, and `workflow_definition`; nothing has changed then.
     */
    static adapt(workflow: string | Given<Workflow>, changes: AdaptOptions): Promise<Table>;
    /** Give the workflow of this name, the newest one. Raises `workflow_not_found` with the nearest name. */
    static get(name: string): Soon<Workflow>;
    /** List the workflows that have a name. */
    static list(): Promise<Workflow[]>;
    /** List the kinds of workflows that are installed: `{name, description, plugin}`. */
    static kinds(): Promise<Table[]>;
    static readonly Sequential: new (options: WorkflowOptions | StepOptionsGiven[]) => Workflow;
    static readonly Parallel: new (options: WorkflowOptions | StepOptionsGiven[], more?: WorkflowOptions) => Workflow;
    static readonly Conditional: new (options: WorkflowOptions | ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string, ifTrue?: StepOptionsGiven, ifFalse?: StepOptionsGiven) => Workflow;
    static readonly Loop: new (options: WorkflowOptions | ((context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>) | string, body?: StepOptionsGiven, more?: WorkflowOptions) => Workflow;
    static readonly FanOut: new (options: WorkflowOptions) => Workflow;
    static readonly MapReduce: new (options: WorkflowOptions) => Workflow;
    static readonly Pipeline: new (options: WorkflowOptions | StepOptionsGiven[]) => Workflow;
    static readonly Graph: new (options: WorkflowOptions | StepOptionsGiven[]) => Workflow;
    static readonly Saga: new (options: WorkflowOptions | StepOptionsGiven[]) => Workflow;
    static readonly Custom: new (options: WorkflowOptions | ((context: Record<string, any>, run: (name: string, input?: unknown) => Promise<any>) => unknown)) => Workflow;
    readonly name: string;
    readonly type: string;
    readonly description: string;
    /** Let no further step begin; those under way go on. Raises `workflow_state` when nothing runs. */
    pause(): Promise<void>;
    /** Let steps begin again; raises `workflow_state` when nothing is paused. */
    resume(): Promise<void>;
    /** End it with the steps that are under way; who waits for it is told `workflow_cancelled`. */
    cancel(reason?: string): Promise<void>;
    /**
     * Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.
     *
     * `state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
     */
    getStatus(): Promise<Table>;
    /**
     * Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.
     *
     * `state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
     */
    status(): Promise<Table>;
    /** Call `callback(step, output)` after each step; `step` is its record with its `name`. */
    onStepComplete(callback: (told: Record<string, any>, more: any) => unknown): Promise<void>;
    /** Call `callback(error, step)` when a step has failed, and when the workflow has: `step` has its name then. */
    onError(callback: (told: Record<string, any>, more: any) => unknown): Promise<void>;
    /** Call `callback(status)` after each step, with what `get_status` gives. */
    onProgress(callback: (results: Record<string, any>) => unknown): Promise<void>;
    /** Call `callback(result)` when it has come to its end. */
    onComplete(callback: (results: Record<string, any>) => unknown): Promise<void>;
    /**
     * Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
     *
     * `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
     * keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
     * with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
     */
    execute(given?: any, options?: CallOptions): Promise<Table>;
    /**
     * Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
     *
     * `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
     * keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
     * with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
     */
    run(given?: any, options?: CallOptions): Promise<Table>;
    /**
     * Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
     *
     * `output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
     * keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
     * with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
     */
    invoke(given?: any, options?: CallOptions): Promise<Table>;
    /**
     * Do one of its steps by itself, with a workflow's input, and return what it gives; no other step is done.
     *
     * Raises `workflow_not_found` for none of this name, and what the step fails with.
     */
    executeStep(name: string, given?: any): Promise<any>;
    /** Begin to run it and go on; the run has `wait`, `status`, `pause`, `resume` and `cancel`. */
    start(given?: any): Soon<Workflow_run>;
    /** Make a tool of it, for agents and `Tools.register`: its arguments are the input, its result the output. */
    asTool(options?: WorkflowToolOptionsGiven): Soon<Tool>;
    /**
     * Make an agent of it, which answers by running it, for handoffs, teams and other workflows.
     *
     * What the agent is told is the input: text, or a table where the text is JSON. Only its steps ask models.
     */
    asAgent(options?: WorkflowAgentOptionsGiven): Soon<Agent>;
    /** Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them. */
    mermaid(): Promise<string>;
    /** Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them. */
    toMermaid(): Promise<string>;
    /**
     * Add a step, at the end or at a position (from 1); a run under way does it, too, when it comes to it.
     *
     * Raises `workflow_definition` with all that would be wrong then; the workflow stays as it is.
     */
    addStep(step: StepOptionsGiven, position?: number): Promise<void>;
    /** Remove a step that no other needs, and tell whether it was there; raises `workflow_definition`. */
    removeStep(name: string): Promise<boolean>;
    /** List its steps: `{name, role, subject, output, depends_on, steps}`, those of phases within it, too. */
    getSteps(): Promise<Table[]>;
  }

  /** One run of a workflow that goes on beside the script; it ends with the spell. */
  export interface Workflow_run {
    readonly workflow: string;
    /** Wait for its end and return what `workflow:execute` returns, or raise what that raises. */
    wait(timeout?: Duration): Promise<Table>;
    /** Tell how far it has come; see `workflow.get_status`. */
    status(): Promise<Table>;
    /** Tell how far it has come; see `workflow.get_status`. */
    getStatus(): Promise<Table>;
    /** Let no further step begin; those under way go on. Raises `workflow_state` when it does not run. */
    pause(): Promise<void>;
    /** Let steps begin again; raises `workflow_state` when it is not paused. */
    resume(): Promise<void>;
    /** End it with the steps that are under way; raises `workflow_state` when it is over. */
    cancel(reason?: string): Promise<void>;
  }

  /**
   * Templates of agents: prompts, settings, tools and workflows from which agents are made.
   *
   * Those that a spell defines come first, then those that `llmspell template install` keeps, then those of plugins.
   */
  export interface TemplateNamespace {
    /** Fetch a template by name, alias or `plugin:name`. Raises `component_not_found` with the nearest names. */
    get(name: string): Soon<Template>;
    /** List the templates by name; one that is wrong is left out and warned of. */
    list(): Promise<Template[]>;
    /** Find templates by what their agents can do, and by text. */
    find(options?: FindOptionsGiven): Promise<Template[]>;
    /** Find templates by what their agents can do, and by text. */
    discover(options?: FindOptionsGiven): Promise<Template[]>;
    /**
     * Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.
     *
     * It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
     * that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
     */
    define(name: string | Table, config?: Table): Soon<Template>;
    /**
     * Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.
     *
     * It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
     * that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
     */
    register(name: string | Table, config?: Table): Soon<Template>;
    /** Derive a template from another; see `template.extend`. */
    extend(base: string | Given<Template>, name: string | Table, config?: Table): Soon<Template>;
    /** Make an agent of a template; see `template.create`. */
    create(name: string | Given<Template>, config?: Table): Soon<Agent>;
    /**
     * Define the template of a TOML file, which needs `fs.read`.
     *
     * Raises `agent_configuration` with the line of each fault.
     */
    load(path: string): Soon<Template>;
    /** Check the text of a TOML file, or a table: `{valid, faults}`, each fault with `path, message` and `line`. */
    validate(template: string | Table): Promise<Table>;
  }
  export const Template: TemplateNamespace;

  /**
   * What providers can besides chat: vectors of texts, the list of their models, fetching one, counting tokens.
   *
   * Each call is a `provider_call` operation. Who is not named is chosen: the default provider, else the first
   * configured one that can. One that cannot is an error of type `capability_missing`, which names those that can.
   */
  export interface ModelsNamespace {
    /**
     * List providers, all or those with a capability: `{name, aliases, description, capabilities, configured}`.
     *
     * Capabilities are among `text, tools, tool_choice, json_schema, json_schema_with_tools, images, audio, files,
     * reasoning, embeddings, models, pull, count_tokens`.
     */
    providers(capability?: string): Promise<Table[]>;
    /**
     * List the models that a provider has: `{name, provider, capabilities, context, data}`.
     *
     * `context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
     * tell. `data` is what it said.
     */
    list(provider?: string): Promise<Table[]>;
    /**
     * List the models that a provider has: `{name, provider, capabilities, context, data}`.
     *
     * `context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
     * tell. `data` is what it said.
     */
    models(provider?: string): Promise<Table[]>;
    /**
     * Turn texts into vectors: `{vectors, model, provider, dimensions, usage}`, one vector for each text, in order.
     *
     * For a single text (not a list) there is `vector`, too.
     */
    embed(texts: string | string[], options?: EmbedOptionsGiven): Promise<Table>;
    /**
     * Fetch a model to where it runs and return when it can be asked.
     *
     * How far it is goes to `on_progress`, and to whoever subscribes to `progress`. Raises `model_not_found` when
     * nobody has it.
     */
    pull(model: string, options?: PullOptionsGiven): Promise<void>;
    /** Count the tokens that a provider would charge for a text, or for messages `{role, content}`, as input. */
    countTokens(text: string | Table[], options?: CountOptionsGiven): Promise<number>;
  }
  export const Models: ModelsNamespace;

  /**
   * The catalogue of tools: those of plugins and those this spell registered.
   *
   * `Tools.web_search` (or `Tools.webSearch`) is short for `Tools.get("web_search")`; `CalculatorTool.new{...}` builds a
   * variant of a tool with options and preset arguments of its own.
   */
  export interface ToolsNamespace {
    /** Fetch a tool by name, alias or `plugin:name`. Raises `tool_not_found` with the nearest names. */
    get(name: string): Soon<Tool>;
    /** List tools, all or those of one category. */
    list(category?: string): Promise<Tool[]>;
    /** Find tools by words of their name and description, best match first. */
    search(query: string): Promise<Tool[]>;
    /** Find tools by capability, category, text and version. */
    discover(options?: DiscoverOptionsGiven): Promise<Tool[]>;
    /** List the tools of one category. */
    getByCategory(category: string): Promise<Tool[]>;
    /** Make a tool of a function: `Tools.create("name", {execute=...})` or `Tools.create{name=..., execute=...}`. */
    create(name: string | NamedToolOptions, config?: NamedToolOptions): Soon<Tool>;
    /**
     * Make one tool of several that run one after the other.
     *
     * It is a workflow: its steps may be all that those of a workflow are. Its result has each step's `output` by
     * name, and the last one as `output`. Raises `workflow_definition` with everything that is wrong; what a step
     * raises has `pipeline` and `step` in its context.
     */
    createPipeline(options: PipelineOptions): Soon<Tool>;
    /** Make a tool of this script available by name until the spell ends. Raises `name_clash` for a name in use. */
    register(tool: Given<Tool> | BaseTool | ToolOptions): Soon<Tool>;
    /** Withdraw a tool this spell registered and tell whether it was there. */
    unregister(tool: Given<Tool> | BaseTool | string): Promise<boolean>;
    readonly BaseTool: typeof BaseTool;
    readonly agentFinder: Tool;
    readonly base64Encoder: Tool;
    readonly calculator: Tool;
    readonly dateTimeHandler: Tool;
    readonly diffCalculator: Tool;
    readonly directoryLister: Tool;
    readonly fileArchiver: Tool;
    readonly fileConverter: Tool;
    readonly fileMetadata: Tool;
    readonly fileReader: Tool;
    readonly fileSearch: Tool;
    readonly fileSystem: Tool;
    readonly fileWatcher: Tool;
    readonly fileWriter: Tool;
    readonly hashCalculator: Tool;
    readonly templateProcessor: Tool;
    readonly textManipulator: Tool;
    readonly uuidGenerator: Tool;
  }
  export const Tools: ToolsNamespace & { readonly [tool: string]: Tool };

  /**
   * What happened, told to whoever listens. docs/reference/events.md lists what the kernel emits.
   *
   * A handler gets `{type, name, data, timestamp, sequence, run, source}`; keys of `data` can be read on top where they
   * do not collide. The data of a failure has `error` and, of it, `error_type`, `message` and `retry_after`. What a
   * handler returns means nothing; a coroutine or promise it returns is run. Handlers see the events of their own run.
   */
  export interface EventsNamespace {
    /** Call a function for each event whose name matches: `"agent_error"`, `"tool_*"`, `"*"`. */
    subscribe(pattern: string, handler: (event: EventRecord) => unknown, options?: SubscribeOptions): Soon<Subscription>;
    /** End a subscription: its handle, or its pattern and handler. Tells whether there was one. */
    unsubscribe(subscription: Given<Subscription> | string, handler?: (event: EventRecord) => unknown): Promise<boolean>;
    /** Tell everybody: `Events.emit("name", {...})` or `Events.emit{type = "name", data = {...}}`. */
    emit(event: string | EmittedEvent, data?: Table): Promise<void>;
    /** Tell everybody without waiting for full queues. */
    emitSync(event: string | EmittedEvent, data?: Table): Promise<void>;
    /** See the bus through a filter: a function of the event, or fields that must be equal. */
    filter(predicate: ((event: EventRecord) => boolean | PromiseLike<boolean>) | Table): Promise<View>;
    /** Iterate over the remembered events of this run, oldest first: what options choose, or between two moments. */
    replay(options?: ReplayOptionsGiven | number | any, until?: any): Streaming;
    /**
     * Wait until the events so far have been handled, and tell whether they were in time.
     *
     * Handlers run beside the spell: call this before reading what they gathered. Within a handler it waits in vain.
     */
    flush(timeout?: Duration): Promise<boolean>;
    /** Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions. */
    stats(): Promise<Table>;
    /** Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions. */
    getStats(): Promise<Table>;
    /** Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions. */
    statistics(): Promise<Table>;
    /** Wait; a bare number is seconds (milliseconds in JavaScript). */
    sleep(duration: Duration): Promise<void>;
  }
  export const Events: EventsNamespace;

  /**
   * Functions around what agents, models, tools and stores do. docs/reference/hooks.md lists the points.
   *
   * A hook gets a context table. Before an operation it may return nothing (no opinion), the context with changed
   * fields, or `{refuse = "reason"}`; after it nothing or the context with a changed `output`; on an error nothing or a
   * value to use instead. Around an operation it gets `(context, proceed)` and calls `proceed:run()`. Anything else is
   * an error, and a hook that raises fails the operation.
   */
  export interface HooksNamespace {
    /**
     * Register a hook for this spell, as a function or `{handler=, priority=, when=, mode=, timeout=, name=, ...}`.
     *
     * Raises `hook_not_found` with the nearest points, `hook_priority`, `hook_dependency`.
     */
    register(point: string, hook: ((context: HookContext, proceed: Proceed) => unknown) | Given<Listener> | HookSettings): Soon<Hook>;
    /** Take a hook away: its handle, or its point and name. Tells whether it was there. */
    unregister(hook: Given<Hook> | string, name?: string | Given<Hook>): Promise<boolean>;
    /** List the hooks of this spell, all or those at one point. */
    list(point?: string): Promise<Hook[]>;
    /** Make a hook that notes every operation it is registered for. */
    createLogger(options?: LoggerOptions): Promise<Listener>;
    /** Make a hook that counts operations, failures and seconds; register it at `after_*` and `*_error`. */
    createMetricsCollector(options?: CollectorOptions): Promise<Listener>;
    /** Make a hook that refuses operations whose input does not fit a JSON Schema; register it at `before_*`. */
    createValidator(schema: Table): Promise<Listener>;
    /** Make a hook that sends the input (before) or the output (after) through a function. */
    createTransformer(transformer: (value: any) => unknown): Promise<Listener>;
    /** List the names of all hook points. */
    points(): Promise<string[]>;
    /** Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`. */
    stats(): Promise<Table>;
    /** Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`. */
    getStats(): Promise<Table>;
    /** Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`. */
    statistics(): Promise<Table>;
    /**
     * Give what the hooks of plugins that are switched on part by part have counted: `{retry = ..., budget = ...}`.
     *
     * They count for the whole process; a part that is off is not there.
     */
    parts(): Promise<Table>;
  }
  export const Hooks: HooksNamespace;

  /**
   * Settings of this application, with secrets masked, and values of this run.
   *
   * `set` changes what this run reads, nothing else: `providers.default` chooses the provider of agents made without
   * one, other values are the spell's own. `configure_*` takes effect for the rest of the run, and gives a spell less
   * than it had, never more.
   */
  export interface ConfigNamespace {
    /** Read a value by its dotted key (`providers.default`); `default` when there is none. */
    get(key: string, default_?: any): Promise<any>;
    /** Set a value for this run. Raises `permission_denied` for a section that decides what the spell may do. */
    set(key: string, value: any): Promise<void>;
    /** List the dotted keys that have a value, all or those below a prefix. */
    list(prefix?: string): Promise<string[]>;
    /** List the dotted keys that have a value, all or those below a prefix. */
    keys(prefix?: string): Promise<string[]>;
    /** Give a provider's section, secrets masked; raises `component_not_found` for a provider nobody installed. */
    getProviderConfig(provider: string): Promise<Table>;
    /**
     * Say with what the agents of a provider are made from now on; raises `component_not_found`.
     *
     * Keys and addresses are the application's: they are refused.
     */
    configureProvider(provider: string, config: ProviderOptions): Promise<void>;
    /** Tell what this spell may do: its rights, as they were granted. */
    getSecurityConfig(): Promise<Table>;
    /** Give up rights for the rest of the run. Raises `permission_denied` for one that was never granted. */
    configureSecurity(config: SecurityOptions): Promise<void>;
    /** Tell what this spell may use: seconds, bytes, and calls at a time; nothing where there is no limit. */
    getResourceConfig(): Promise<Table>;
    /** Lower limits of this run. Raises `permission_denied` for one that is more than the spell has. */
    configureResources(config: ResourceLimits): Promise<void>;
    /** Tell what is noted of this spell: `{level}`. */
    getObservabilityConfig(): Promise<Table>;
    /** Choose what is noted of this spell. */
    configureObservability(config: ObservabilityOptions): Promise<void>;
  }
  export const Config: ConfigNamespace;

  /**
   * Values under text keys, in the spell's own namespace. Each write is a `state_write` operation.
   *
   * Values are what JSON can say. A value of nothing is kept as nothing: `exists` tells it from an absent key.
   */
  export interface StorageNamespace {
    /** Read a value; `default` when the key is absent. */
    get(key: string, default_?: any): Promise<any>;
    /** Write a value. */
    set(key: string, value: any): Promise<void>;
    /** Write a value. */
    put(key: string, value: any): Promise<void>;
    /** Remove a key and tell whether it was there. */
    delete(key: string): Promise<boolean>;
    /** Remove a key and tell whether it was there. */
    remove(key: string): Promise<boolean>;
    /** Tell whether a key is there. */
    exists(key: string): Promise<boolean>;
    /** Tell whether a key is there. */
    has(key: string): Promise<boolean>;
    /** Add to a whole number in one step and return it; an absent key counts as 0. */
    increment(key: string, by?: number): Promise<number>;
    /**
     * Change members of the map at a key in one step and return it; maps within it are merged, too.
     *
     * An absent key counts as an empty map; a member that is null is removed (a Lua table cannot hold one).
     */
    merge(key: string, changes: Table): Promise<Table>;
    /** Read several keys; absent ones are left out. */
    getBatch(keys: string[]): Promise<Table>;
    /** Write several values, all or none. */
    setBatch(values: Table): Promise<void>;
    /** Remove several keys, all or none. */
    deleteBatch(keys: string[]): Promise<void>;
    /** Apply steps `{type = "set", key, value}` and `{type = "delete", key}` in order, all or none. */
    transaction(operations: StoreOperation[]): Promise<void>;
    /** List the keys, in order. */
    list(prefix?: string): Promise<string[]>;
    /** List the keys, in order. */
    keys(prefix?: string): Promise<string[]>;
    /** Give the pairs for which `predicate(key, value)` is true. */
    query(predicate: (key: string, value: any) => boolean | PromiseLike<boolean>, prefix?: string): Promise<Table>;
    /** Remove every key of the spell, or those with a prefix, and give their number. */
    clear(prefix?: string): Promise<number>;
    /** Count `{keys, bytes}` of the spell's namespace. */
    stats(): Promise<Table>;
  }
  export const Storage: StorageNamespace;

  /**
   * Values with versions, in scopes: `run` (until it ends), `session`, `agent`, `shared`, `process`.
   *
   * The functions of the namespace work in the session's scope when the run has a session (`run --session`), else in
   * that of the run; `State.scope` gives the others. Values are what JSON can say. Each write is a `state_write`
   * operation with the right `state.write` for `state:<scope>/<key>`, durable when it returns; reading needs
   * `state.read`.
   */
  export interface StateNamespace {
    /** Read a value; `default` when the key is absent. */
    get(key: string, default_?: any): Promise<any>;
    /**
     * Write a value and give its version; with `{version = n}` only when the key has that version.
     *
     * Otherwise it raises `state_conflict`, and nothing is written.
     */
    set(key: string, value: any, options?: WriteOptionsGiven): Promise<number>;
    /**
     * Write a value and give its version; with `{version = n}` only when the key has that version.
     *
     * Otherwise it raises `state_conflict`, and nothing is written.
     */
    put(key: string, value: any, options?: WriteOptionsGiven): Promise<number>;
    /** Write several values, all or none, and give their versions. */
    setMany(values: Table): Promise<Record<string, number>>;
    /** Write several values, all or none, and give their versions. */
    setBatch(values: Table): Promise<Record<string, number>>;
    /**
     * Write what `change(value, version)` gives and return the entry.
     *
     * The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
     * nothing is an error: it is a `return` forgotten more often than a value.
     */
    update(key: string, change: (value: any, version: number) => unknown, options?: UpdateOptions): Promise<Table>;
    /** Add to a whole number in one step and return it; an absent key counts as 0. */
    increment(key: string, by?: number): Promise<number>;
    /** Remove a key and tell whether it was there; its history stays. */
    delete(key: string, options?: WriteOptionsGiven): Promise<boolean>;
    /** Remove a key and tell whether it was there; its history stays. */
    remove(key: string, options?: WriteOptionsGiven): Promise<boolean>;
    /** Remove the keys with a prefix, all or none, and give their number. */
    clear(prefix?: string): Promise<number>;
    /** Tell whether a key is there. */
    exists(key: string): Promise<boolean>;
    /** Tell whether a key is there. */
    has(key: string): Promise<boolean>;
    /** Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent. */
    entry(key: string): Promise<Table | null>;
    /** List the keys, in order. */
    list(prefix?: string): Promise<string[]>;
    /** List the keys, in order. */
    keys(prefix?: string): Promise<string[]>;
    /** List the entries, in the order of their keys. */
    entries(prefix?: string): Promise<Table[]>;
    /** List the versions of a key that are kept, the newest first; `[state] history` says how many. */
    history(key: string, options?: HistoryOptionsGiven): Promise<Table[]>;
    /** Write the value of an older version once more and give the new version. */
    revert(key: string, version: number): Promise<number>;
    /**
     * Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
     *
     * It hears the changes of all runs of this application, not those of other processes. The value is not told: read
     * it with `get`.
     */
    subscribe(pattern: string, handler: (change: Record<string, any>) => unknown): Promise<State_subscription>;
    /**
     * Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
     *
     * It hears the changes of all runs of this application, not those of other processes. The value is not told: read
     * it with `get`.
     */
    watch(pattern: string, handler: (change: Record<string, any>) => unknown): Promise<State_subscription>;
    /** Give the entries with a prefix as one map, which `import` reads and JSON can say. */
    export(prefix?: string): Promise<Table>;
    /** Write what `export` gave, all or nothing, and give the number of values written. */
    import(document: Table, options?: ImportOptionsGiven): Promise<number>;
    /** Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them. */
    handOver(to: Given<State>, options?: HandOverOptions): Promise<string[]>;
    /**
     * Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.
     *
     * Copies are made first, and all values change at once or, when a step fails for one, none does
     * (`state_migration` names every key).
     */
    migrate(options: MigrateOptions): Promise<Table>;
    /** Undo the last migration; without `force` it raises `state_migration` when values were written since. */
    rollback(options?: RollbackOptions): Promise<Table>;
    /** Give the number of migration steps that the scope has had. */
    schemaVersion(): Promise<number>;
    /**
     * Give one scope: `State.scope("shared")`, `State.scope("agent", "researcher")`.
     *
     * `owner` is the name of an agent of this spell, or the id of a session that is not the run's own.
     */
    scope(name: string, owner?: string): Promise<State>;
    /** Count what memory holds of the store's values: `{heads, packed, bytes, compressions, evictions}`. */
    stats(): Promise<Table>;
  }
  export const State: StateNamespace;

  /**
   * What several runs have in common: values, a name, tags. A run joins one with `run --session` or `Session.join`.
   *
   * Then `State` is the session's. It outlives the runs, can be suspended and resumed, and expires when no run used it
   * for longer than its lifetime; an expired one loses nothing until it is purged.
   */
  export interface SessionNamespace {
    /** Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`. */
    create(options?: SessionOptionsGiven): Promise<Session>;
    /** Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`. */
    new(options?: SessionOptionsGiven): Promise<Session>;
    /** Find a session by its id or name; raises `session_not_found`. */
    open(idOrName: string): Promise<Session>;
    /** Find a session by its id or name; raises `session_not_found`. */
    get(idOrName: string): Promise<Session>;
    /** List sessions, the last used first, as `info` tells about each. */
    list(options?: SessionFilter): Promise<Table[]>;
    /** Give the session of this run, nothing when it has none. */
    current(): Promise<Session | null>;
    /**
     * Make this run part of a session until it ends: `State` is the session's from now on.
     *
     * Raises `session` when it is suspended or has expired, or when the run belongs to another one.
     */
    join(idOrName: string): Promise<Session>;
    /** Remove the sessions that have expired and were not used for so long, and list their ids. */
    purge(idle?: Duration): Promise<string[]>;
  }
  export const Session: SessionNamespace;

  /**
   * What durable runs did: those of `run --durable`, whose logs lie in the user's folder.
   *
   * A spell knows its own runs: those of a spell of its name in its folder. It knows the others when it may read the
   * files of their logs (`--allow-read`). What an earlier run was told is private, and what it was answered comes from
   * outside.
   */
  export interface RunsNamespace {
    /** Tell about this run: `{id, name, durable, started, parent}`; `parent` is `[id, record]` in a fork. */
    current(): Promise<any>;
    /** List the runs that this one knows, the latest first: `{id, name, status, started, changed, records}` each. */
    list(options?: RunsFilter): Promise<any>;
    /**
     * Tell about a run, named by its id or the beginning of one: `{run, totals, uncertain}`.
     *
     * Raises `run_not_found`, also for one that this run may not know.
     */
    get(id: string): Promise<any>;
    /**
     * Tell what a run did, as `llmspell runs trace --json` does: `{trace, run, totals, operations}`.
     *
     * Raises `run_not_found`, also for one that this run may not know.
     */
    trace(id: string, options?: TraceOptions): Promise<any>;
  }
  export const Runs: RunsNamespace;

  /** Spells of any language as parts of this one, each in a context of its own, all in one run. */
  export interface SpellNamespace {
    /**
     * Run a spell of any language from the folder of this one, and give what it exports.
     *
     * `path` is relative to the folder of the first spell. A Lua spell exports what it returns, a JavaScript spell its
     * `exports`, a Python spell its public functions and values. Loading a file again makes another one. Raises
     * `security` for a path out of the folder, `resource_unavailable` for no such file, `component_not_found` for no
     * engine, `runtime` for files that load each other, `resource_exhausted` past 8 in a row or 16 at a time, and what
     * the spell raises.
     */
    load(path: string, options?: LoadOptions): Soon<Spell>;
    /**
     * Make a spell of a workflow, with an error strategy and resources for all of its steps; `cast` runs it.
     *
     * Raises `workflow_definition` with everything that is wrong with it.
     */
    create(options: CreateOptions): Soon<Composed>;
  }
  export const Spell: SpellNamespace;

  /**
   * Notes for whoever runs the spell; they go to the log and out as `log` events. Nothing waits for them.
   *
   * `print`, `log`, `trace`, `debug`, `info` and `warn` are globals too; Lua's global `error` stays Lua's.
   */
  export interface LogNamespace {
    /** Write values to standard output, separated by tabs. */
    print(values?: any): void;
    /** Note a message at a level: `trace`, `debug`, `info`, `warn` or `error`. */
    log(level: string, message: any, metadata?: Table): void;
    /** Note the finest detail. */
    trace(message: any, metadata?: Table): void;
    /** Note something that helps to find a fault. */
    debug(message: any, metadata?: Table): void;
    /** Note what happens. */
    info(message: any, metadata?: Table): void;
    /** Note what should not happen but does no harm. */
    warn(message: any, metadata?: Table): void;
    /** Note what should not happen but does no harm. */
    warning(message: any, metadata?: Table): void;
    /** Note a failure; it raises nothing. */
    error(message: any, metadata?: Table): void;
  }
  export const Log: LogNamespace;

  /**
   * Waiting, and work side by side. Numbers are milliseconds here, in every language.
   *
   * A *job* is a function (Lua, Python), a coroutine (Lua) or a promise (JavaScript).
   */
  export interface AsyncNamespace {
    /** Wait. */
    sleep(duration: Duration): Promise<void>;
    /** Run a coroutine to its end and return its value; what it yields is driven on the way. */
    run<T>(job: Job<T>): Promise<T>;
    /** Run jobs side by side and return their values in order; the first error is raised. */
    all<J extends readonly unknown[] | [] | Record<string, unknown>>(jobs: J): Promise<Results<J>>;
    /** Run jobs side by side and return the value of the first to end. */
    race<T>(jobs: readonly Job<T>[] | Record<string, Job<T>>): Promise<T>;
    /** Run jobs side by side and return `{status="fulfilled", value}` or `{status="rejected", reason}` for each. */
    allSettled<J extends readonly unknown[] | [] | Record<string, unknown>>(jobs: J): Promise<{ -readonly [K in keyof J]: Settled<Done<J[K]>> }>;
    /** Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled. */
    timeout<T>(job: Job<T>, duration: Duration): Promise<T>;
    /** Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled. */
    withTimeout<T>(job: Job<T>, duration: Duration): Promise<T>;
    /** Call a function again when it raises: `{attempts=3, delay=0, backoff=2, max_delay=30000}`, or a number. */
    retry<T>(operation: Attempt<T>, options?: number | RetryOptions): Promise<T>;
    /** Call a function again when it raises, so many times after the first. */
    withRetry<T>(operation: Attempt<T>, retries?: number): Promise<T>;
    /** Call `operation(resource)` and close the resource afterwards, whatever happened. */
    withResource<T>(resource: any, operation: (resource: any) => T | PromiseLike<T>): Promise<T>;
    /** Run a function later; it is cancelled when the spell ends first. */
    schedule(duration: Duration, job: () => unknown): Timer;
    /** Let other jobs of this spell go on. */
    yield(): Promise<void>;
    /** Let other jobs go on for a while. */
    yieldFor(duration: Duration): Promise<void>;
    /** Let other jobs go on until a function returns true. */
    yieldUntil(condition: () => unknown, options?: WaitOptions): Promise<void>;
  }
  export const Async: AsyncNamespace;

  /**
   * Reading errors, and ways to recover from them.
   *
   * An error is a table `{type, code, message, recoverable, retryable, retry_after, suggestions, context, where,
   * trace_id}`; of it, `recovery_strategy` ("retry" or "none") and `recovery_suggestion` can be read, too.
   */
  export interface ErrorHandlerNamespace {
    /** Read anything that was raised as an error table; never raises. `category` is the same as `type`. */
    parse(error: unknown): LlmspellError;
    /** Read anything that was raised as an error table; never raises. `category` is the same as `type`. */
    parseError(error: unknown): LlmspellError;
    /** Tell whether an error is of a type, or of one of several; `"validation_error"` means `validation`. */
    is(error: unknown, types: string | string[]): boolean;
    /** Give the error with more context. */
    enrichError(error: any, context: Table): Promise<Table>;
    /** Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`. */
    createStrategy(options: StrategyGiven): Promise<Table>;
    /** Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`. */
    createRecoveryStrategy(options: StrategyGiven): Promise<Table>;
    /**
     * Try to recover, in three shapes.
     *
     * `(error, strategy)` gives `{success, data, result, attempts, error}`. `(error, {strategy = ...})` is the same.
     * `(agent, input, error)` asks the agent again when the error is recoverable and gives its text; it raises when
     * that fails too.
     *
     * A strategy that guards calls asks its `agent` for `input` once more; where it names none, the outcome has a
     * `reason`.
     */
    attemptRecovery(agent: Given<Agent>, input: string, error: any): Promise<string>;
    attemptRecovery(error: any, strategy: any): Promise<Table>;
    /** Count an error, note it and tell it as the event `error_reported`. */
    reportError(error: any, context?: Table): Promise<void>;
    /** Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`. */
    getErrorStats(): Promise<Table>;
    /** Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`. */
    getStats(): Promise<Table>;
    /** Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`. */
    stats(): Promise<Table>;
  }
  export const ErrorHandler: ErrorHandlerNamespace;

  /**
   * What to do about an error, by name. Each function checks its options and gives the strategy as a table.
   *
   * Those that guard the calls of a run (`circuit_breaker`, `retry`, `fallback_to_cached`, `retry_with_shorter_context`,
   * `switch_to_fallback_provider`) need `llmspell-resilience`, and come before those that stand for the whole run.
   */
  export interface ErrorStrategyNamespace {
    /**
     * Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
     *
     * An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
     */
    retry(options?: StrategyGiven): Promise<Table>;
    /**
     * Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
     *
     * An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
     */
    retryWithBackoff(options?: StrategyGiven): Promise<Table>;
    /**
     * Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
     *
     * An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
     */
    exponentialBackoff(options?: StrategyGiven): Promise<Table>;
    /** Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`. */
    fallback(options: StrategyGiven): Promise<Table>;
    /** Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`. */
    useFallbackAgent(options: StrategyGiven): Promise<Table>;
    /** Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`. */
    retryWithDifferentTool(options: StrategyGiven): Promise<Table>;
    /** Call `handler(error)` and use what it returns. */
    handler(options: StrategyGiven): Promise<Table>;
    /**
     * Try several strategies, one after the other, until one works.
     *
     * A list of them, or `{retry_count, strategies, fallback_agents = {["Failed"] = "Instead"}, fallback_behavior}`.
     */
    cascade(options?: StrategyGiven | any[]): Promise<Table>;
    /** Recover from nothing: the error stays. */
    failFast(options?: FailOptions): Promise<Table>;
    /** Recover from nothing: the error stays. */
    stopOnError(options?: FailOptions): Promise<Table>;
    /** Leave a model alone for `reset_timeout` after `failure_threshold` failures in a row. */
    circuitBreaker(options?: StrategyGiven): Promise<Table>;
    /** Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`. */
    fallbackToCached(options?: StrategyGiven): Promise<Table>;
    /** Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`. */
    useCachedResults(options?: StrategyGiven): Promise<Table>;
    /** Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`. */
    useCachedData(options?: StrategyGiven): Promise<Table>;
    /** Ask the model again without the older half of the conversation, until it fits. */
    retryWithShorterContext(options?: StrategyGiven): Promise<Table>;
    /** Ask the models of `fallback_providers`, in order; without it those of the option or section `fallback`. */
    switchToFallbackProvider(options?: StrategyGiven): Promise<Table>;
    /**
     * Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
     *
     * `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
     */
    continueDegraded(options?: StrategyGiven): Promise<Table>;
    /**
     * Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
     *
     * `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
     */
    continueOnError(options?: StrategyGiven): Promise<Table>;
    /**
     * Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
     *
     * `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
     */
    continueWithWarning(options?: StrategyGiven): Promise<Table>;
    /** Go on without the result; the outcome has `skipped` and the error. */
    skipTool(options?: StrategyGiven): Promise<Table>;
    /** Go on without the result; the outcome has `skipped` and the error. */
    skipToolAndContinue(options?: StrategyGiven): Promise<Table>;
    /** Go on without the result; the outcome has `skipped` and the error. */
    skipAndContinue(options?: StrategyGiven): Promise<Table>;
    /** Go on without the result; the outcome has `skipped` and the error. */
    skipFailedTools(options?: StrategyGiven): Promise<Table>;
  }
  export const ErrorStrategy: ErrorStrategyNamespace;

  /** JSON text and values. Nothing crosses to the kernel. */
  export interface JSONNamespace {
    /** Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path. */
    encode(value: any, options?: boolean | { pretty?: boolean; indent?: number | string }): string;
    /** Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path. */
    stringify(value: any, options?: boolean | { pretty?: boolean; indent?: number | string }): string;
    /** Read JSON; raises an error of type `validation` that names the position. */
    decode(text: string): any;
    /** Read JSON; raises an error of type `validation` that names the position. */
    parse(text: string): any;
  }
  export const JSON: JSONNamespace;

  /** What a test says about values; also `assert` of the testing module, and `t:assert_equals(...)` in a test. */
  export interface AssertNamespace {
    /** Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself. */
    equals(actual: any, expected: any, message?: string): void;
    /** Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself. */
    equal(actual: any, expected: any, message?: string): void;
    /** Check that two values differ somewhere. */
    notEquals(actual: any, expected: any, message?: string): void;
    /** Check that two values differ somewhere. */
    notEqual(actual: any, expected: any, message?: string): void;
    /** Check that two values are one and the same object. */
    same(actual: any, expected: any, message?: string): void;
    /** Check that two values are two objects. */
    notSame(actual: any, expected: any, message?: string): void;
    /** Check that a value is true itself, not only something that counts as true. */
    isTrue(value: any, message?: string): void;
    /** Check that a value is false itself. */
    isFalse(value: any, message?: string): void;
    /** Check that a value counts as true in the language. */
    truthy(value: any, message?: string): void;
    /** Check that a value counts as false in the language. */
    falsy(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    isNil(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    isNull(value: any, message?: string): void;
    /** Check that there is no value: `nil`, `null` or `undefined`, `None`. */
    isNone(value: any, message?: string): void;
    /** Check that there is a value. */
    notNil(value: any, message?: string): void;
    /** Check that there is a value. */
    notNull(value: any, message?: string): void;
    /** Check that there is a value. */
    notNone(value: any, message?: string): void;
    /**
     * Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
     *
     * `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
     */
    type(value: any, name: any, message?: string): void;
    /**
     * Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
     *
     * `list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
     */
    isType(value: any, name: any, message?: string): void;
    /** Check that a text has a text in it, a list an equal item, a map a key. */
    contains(whole: any, part: any, message?: string): void;
    /** Check that it does not. */
    notContains(whole: any, part: any, message?: string): void;
    /** Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`. */
    matches(text: string, pattern: any, message?: string): void;
    /** Check that a number or text is greater than another. */
    greaterThan(value: any, bound: any, message?: string): void;
    /** Check that a number or text is greater than another. */
    greater(value: any, bound: any, message?: string): void;
    /** Check that a number or text is greater than another or equal. */
    atLeast(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another. */
    lessThan(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another. */
    less(value: any, bound: any, message?: string): void;
    /** Check that a number or text is less than another or equal. */
    atMost(value: any, bound: any, message?: string): void;
    /** Check that a number is at most `tolerance` away from another. */
    closeTo(value: number, expected: number, tolerance?: number, message?: string): void;
    /** Check that a number is at most `tolerance` away from another. */
    near(value: number, expected: number, tolerance?: number, message?: string): void;
    /** Check how many items or keys there are, or how long a text is as the language counts it. */
    length(value: any, expected: number, message?: string): void;
    /** Check how many items or keys there are, or how long a text is as the language counts it. */
    hasLength(value: any, expected: number, message?: string): void;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    throws(work: any, expected?: any, message?: string): any;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    raises(work: any, expected?: any, message?: string): any;
    /**
     * Check that a function raises, and give the error as a table.
     *
     * `expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
     * `message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
     * awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
     */
    error(work: any, expected?: any, message?: string): any;
    /** Fail. */
    fail(message?: string): void;
  }
  export const Assert: AssertNamespace;

  /**
   * Tests of a spell, in the spell's own language: suites, hooks around tests, and stand-ins for models and tools.
   *
   * `require("llmspell.testing")`, `import ... from "llmspell/testing"` and `from llmspell.testing import ...` give it;
   * its `assert` is `Assert`. What is defined runs when the file has been read, or at `run_all`; `llmspell test spell`
   * runs files and reports. A suite defined inside the function of another belongs to it.
   */
  export interface TestingNamespace {
    /** Define a suite and give it; `body(suite)` is called at once and defines what is in it. */
    suite(name: string, body?: (suite: Suite) => unknown, options?: SuiteOptions): Soon<Suite>;
    /** Define a suite and give it; `body(suite)` is called at once and defines what is in it. */
    describe(name: string, body?: (suite: Suite) => unknown, options?: SuiteOptions): Soon<Suite>;
    /** Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`. */
    test(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`. */
    it(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Define a test that does not run. */
    skip(name: string, body?: (t: Case) => unknown): Promise<void>;
    /** Define a test; of the file, it and others like it are all that runs. */
    only(name: string, body: (t: Case) => unknown, options?: TestOptionsGiven): Promise<void>;
    /** Call a function before the first test of the suite. */
    beforeAll(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` before each test of the suite and of those in it. */
    beforeEach(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` before each test of the suite and of those in it. */
    setup(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` after each test, whether it passed or not. */
    afterEach(hook: (t: Case) => unknown): Promise<void>;
    /** Call `hook(t)` after each test, whether it passed or not. */
    teardown(hook: (t: Case) => unknown): Promise<void>;
    /** Call a function after the last test of the suite. */
    afterAll(hook: (t: Case) => unknown): Promise<void>;
    /**
     * Run the tests that have not run; give `{total, passed, failed, error, skipped, tests}`.
     *
     * The file fails at its end when one of them did.
     */
    runAll(): Promise<Table>;
    /**
     * Let models that no configuration names play these steps from now on; so does the provider `mock`.
     *
     * A step is `{text = "..."}`, `{tool_calls = {{name = "...", arguments = {...}}}}` or `{error = {type = "..."}}`,
     * as in `<spell>.model.json`.
     */
    scriptModel(steps: Table[]): Promise<void>;
    /**
     * Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.
     *
     * The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
     */
    mockTool(name: string, answer?: any): Soon<Mock>;
    /**
     * Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.
     *
     * The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
     */
    mock(name: string, answer?: any): Soon<Mock>;
    readonly assert: AssertNamespace;
  }
  export const Testing: TestingNamespace;

  /** Agents that work on one task together. */
  export interface CollaborationNamespace {
    /**
     * Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.
     *
     * `sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
     * as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
     * and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
     * chooses who works next until it is done.
     *
     * `status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
     * agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
     * nothing, `agent_not_found`.
     */
    start(options: StartOptions): Promise<Table>;
    /**
     * Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.
     *
     * `sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
     * as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
     * and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
     * chooses who works next until it is done.
     *
     * `status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
     * agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
     * nothing, `agent_not_found`.
     */
    run(options: StartOptions): Promise<Table>;
    /**
     * Have agents work together and iterate over what they say; leaving the loop cancels the work.
     *
     * Parts are `agent` (a `part` of what the `agent` says), `message` with the `agent`, what it is `about` and its
     * whole `content`, and as the last one `done` with all that `start` returns.
     */
    stream(options: StartOptions): Streaming;
    /**
     * Go on with a collaboration from its `state`; returns what `start` returns.
     *
     * `decisions` are by the ids of calls in `pending`, as for `agent:resume`. Who has answered is not asked again.
     * The agents are found by their names. Raises `run_state`, `validation` and `agent_not_found` before anything is
     * spent, and as `start` does.
     */
    resume(state: string | Table, decisions?: Table): Promise<Table>;
    /** Go on as `resume` does and iterate over what agents say as `stream` does. */
    resumeStream(state: string | Table, decisions?: Table): Streaming;
    /** Give the strategies, each with what it does when an agent fails. */
    strategies(): Promise<Record<string, string>>;
  }
  export const Collaboration: CollaborationNamespace;

  /** Agents that better a solution by looking at the best ones so far. */
  export interface SwarmNamespace {
    /** Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents. */
    create(options: SwarmOptions): Promise<Table>;
    /** Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents. */
    new(options: SwarmOptions): Promise<Table>;
    /**
     * Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.
     *
     * `swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
     * the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
     */
    run(swarm: SwarmGiven, task: string): Promise<Table>;
    /**
     * Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.
     *
     * `swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
     * the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
     */
    execute(swarm: SwarmGiven, task: string): Promise<Table>;
    /** Have a swarm look for a solution and iterate over what its agents say, as in `Collaboration.stream`. */
    stream(swarm: SwarmGiven, task: string): Streaming;
    /** Go on with a swarm from its `state`, as `Collaboration.resume` does; returns what `run` returns. */
    resume(state: string | Table, decisions?: Table): Promise<Table>;
  }
  export const Swarm: SwarmNamespace;

  /**
   * Texts found by meaning, in the storage of the user.
   *
   * Each memory has a place: the spell's own, an agent's, a session's, or the one that all share. What is found is a
   * table `{key, text, data, at, untrusted}`.
   */
  export interface MemoryNamespace {
    /**
     * Keep a text and give its key; a list of texts gives the list of their keys.
     *
     * Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
     */
    add(text: MemoryTextGiven | MemoryTextGiven[], options?: MemoryAddOptionsGiven): Promise<string | string[]>;
    /**
     * Keep a text and give its key; a list of texts gives the list of their keys.
     *
     * Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
     */
    store(text: MemoryTextGiven | MemoryTextGiven[], options?: MemoryAddOptionsGiven): Promise<string | string[]>;
    /**
     * Give the texts nearest to a query, the nearest first, each with its `score`, the cosine from -1 to 1.
     *
     * Texts are labelled `untrusted` unless they were added as `trusted`: what they ask for is not to be done.
     */
    search(query: string, options?: MemorySearchOptionsGiven): Promise<Table[]>;
    /** Give the text under a key, nothing when there is none. */
    get(key: string, options?: MemoryPlaceOptionsGiven): Promise<Table | null>;
    /** Forget the text under a key and tell whether it was there. */
    forget(key: string, options?: MemoryPlaceOptionsGiven): Promise<boolean>;
    /** Forget the text under a key and tell whether it was there. */
    remove(key: string, options?: MemoryPlaceOptionsGiven): Promise<boolean>;
    /** Give the texts of a memory, the newest first. */
    list(options?: MemoryListOptionsGiven): Promise<Table[]>;
    /** Forget all texts of a memory and give their number; the next text may have vectors of any kind. */
    clear(options?: MemoryPlaceOptionsGiven): Promise<number>;
    /**
     * Tell what a memory is: `{place, count, index, model, provider, dimensions}`.
     *
     * `index` is `numpy` where each text is compared, `usearch` where some are; the last three are absent in an empty
     * memory.
     */
    stats(options?: MemoryPlaceOptionsGiven): Promise<Table>;
    /**
     * Make the vectors of all texts anew, with another model when one is named; give the number of texts.
     *
     * Until it is done the memory is as it was. Raises `storage_conflict` when it was written meanwhile.
     */
    reindex(options?: MemoryReindexOptionsGiven): Promise<number>;
  }
  export const Memory: MemoryNamespace;

  export const AgentFinderTool: ToolConstructor;

  export const Base64EncoderTool: ToolConstructor;

  export const CalculatorTool: ToolConstructor;

  export const DateTimeHandlerTool: ToolConstructor;

  export const DiffCalculatorTool: ToolConstructor;

  export const DirectoryListerTool: ToolConstructor;

  export const FileArchiverTool: ToolConstructor;

  export const FileConverterTool: ToolConstructor;

  export const FileMetadataTool: ToolConstructor;

  export const FileReaderTool: ToolConstructor;

  export const FileSearchTool: ToolConstructor;

  export const FileSystemTool: ToolConstructor;

  export const FileWatcherTool: ToolConstructor;

  export const FileWriterTool: ToolConstructor;

  export const HashCalculatorTool: ToolConstructor;

  export const TemplateProcessorTool: ToolConstructor;

  export const TextManipulatorTool: ToolConstructor;

  export const UuidGeneratorTool: ToolConstructor;

  export const ApiIntegrationAgent: AgentConstructor;

  export const ChatAgent: AgentConstructor;

  export const CodeAssistantAgent: AgentConstructor;

  export const ContentCreatorAgent: AgentConstructor;

  export const CustomerServiceAgent: AgentConstructor;

  export const DataAnalystAgent: AgentConstructor;

  export const MarketAnalystAgent: AgentConstructor;

  export const OrchestratorAgent: AgentConstructor;

  export const PlannerAgent: AgentConstructor;

  export const ResearchAgent: AgentConstructor;

  export const ReviewerAgent: AgentConstructor;

  export const agent: typeof Agent;

  export const template: typeof Template;

  export const models: typeof Models;

  export const tool: typeof Tool;

  export const tools: typeof Tools;

  export const events: typeof Events;

  export const hooks: typeof Hooks;

  export const config: typeof Config;

  export const storage: typeof Storage;

  export const state: typeof State;

  export const session: typeof Session;

  export const runs: typeof Runs;

  export const workflow: typeof Workflow;

  export const spell: typeof Spell;

  export const log: typeof Log;

  export const async: typeof Async;

  export const errorhandler: typeof ErrorHandler;

  export const errorstrategy: typeof ErrorStrategy;

  export const json: typeof JSON;

  export const assert: typeof Assert;

  export const testing: typeof Testing;

  export const collaboration: typeof Collaboration;

  export const swarm: typeof Swarm;

  export const memory: typeof Memory;
}

declare module "rs-llmspell" {
  export * from "llmspell";
}

declare module "@rs/llmspell" {
  export * from "llmspell";
}

declare module "@llmspell/core" {
  export * from "llmspell";
}

declare module "llmspell/agent" {
  import { Agent } from "llmspell";
  export = Agent;
}

declare module "llmspell.agent" {
  import { Agent } from "llmspell";
  export = Agent;
}

declare module "llmspell/template" {
  import { Template } from "llmspell";
  export = Template;
}

declare module "llmspell.template" {
  import { Template } from "llmspell";
  export = Template;
}

declare module "llmspell/models" {
  import { Models } from "llmspell";
  export = Models;
}

declare module "llmspell.models" {
  import { Models } from "llmspell";
  export = Models;
}

declare module "llmspell/tool" {
  import { Tool } from "llmspell";
  export = Tool;
}

declare module "llmspell.tool" {
  import { Tool } from "llmspell";
  export = Tool;
}

declare module "llmspell/tools" {
  import { Tools } from "llmspell";
  export = Tools;
}

declare module "llmspell.tools" {
  import { Tools } from "llmspell";
  export = Tools;
}

declare module "llmspell/events" {
  import { Events } from "llmspell";
  export = Events;
}

declare module "llmspell.events" {
  import { Events } from "llmspell";
  export = Events;
}

declare module "llmspell/hooks" {
  import { Hooks } from "llmspell";
  export = Hooks;
}

declare module "llmspell.hooks" {
  import { Hooks } from "llmspell";
  export = Hooks;
}

declare module "llmspell/config" {
  import { Config } from "llmspell";
  export = Config;
}

declare module "llmspell.config" {
  import { Config } from "llmspell";
  export = Config;
}

declare module "llmspell/storage" {
  import { Storage } from "llmspell";
  export = Storage;
}

declare module "llmspell.storage" {
  import { Storage } from "llmspell";
  export = Storage;
}

declare module "llmspell/state" {
  import { State } from "llmspell";
  export = State;
}

declare module "llmspell.state" {
  import { State } from "llmspell";
  export = State;
}

declare module "llmspell/session" {
  import { Session } from "llmspell";
  export = Session;
}

declare module "llmspell.session" {
  import { Session } from "llmspell";
  export = Session;
}

declare module "llmspell/runs" {
  import { Runs } from "llmspell";
  export = Runs;
}

declare module "llmspell.runs" {
  import { Runs } from "llmspell";
  export = Runs;
}

declare module "llmspell/workflow" {
  import { Workflow } from "llmspell";
  export = Workflow;
}

declare module "llmspell.workflow" {
  import { Workflow } from "llmspell";
  export = Workflow;
}

declare module "llmspell/spell" {
  import { Spell } from "llmspell";
  export = Spell;
}

declare module "llmspell.spell" {
  import { Spell } from "llmspell";
  export = Spell;
}

declare module "llmspell/log" {
  import { Log } from "llmspell";
  export = Log;
}

declare module "llmspell.log" {
  import { Log } from "llmspell";
  export = Log;
}

declare module "llmspell/async" {
  import { Async } from "llmspell";
  export = Async;
}

declare module "llmspell.async" {
  import { Async } from "llmspell";
  export = Async;
}

declare module "llmspell/errorhandler" {
  import { ErrorHandler } from "llmspell";
  export = ErrorHandler;
}

declare module "llmspell/error_handler" {
  import { ErrorHandler } from "llmspell";
  export = ErrorHandler;
}

declare module "llmspell.errorhandler" {
  import { ErrorHandler } from "llmspell";
  export = ErrorHandler;
}

declare module "llmspell.error_handler" {
  import { ErrorHandler } from "llmspell";
  export = ErrorHandler;
}

declare module "llmspell/errorstrategy" {
  import { ErrorStrategy } from "llmspell";
  export = ErrorStrategy;
}

declare module "llmspell/error_strategy" {
  import { ErrorStrategy } from "llmspell";
  export = ErrorStrategy;
}

declare module "llmspell.errorstrategy" {
  import { ErrorStrategy } from "llmspell";
  export = ErrorStrategy;
}

declare module "llmspell.error_strategy" {
  import { ErrorStrategy } from "llmspell";
  export = ErrorStrategy;
}

declare module "llmspell/json" {
  import { JSON } from "llmspell";
  export = JSON;
}

declare module "llmspell.json" {
  import { JSON } from "llmspell";
  export = JSON;
}

declare module "llmspell/assert" {
  import { Assert } from "llmspell";
  export = Assert;
}

declare module "llmspell.assert" {
  import { Assert } from "llmspell";
  export = Assert;
}

declare module "llmspell/testing" {
  import { Testing } from "llmspell";
  export = Testing;
}

declare module "llmspell.testing" {
  import { Testing } from "llmspell";
  export = Testing;
}

declare module "llmspell/collaboration" {
  import { Collaboration } from "llmspell";
  export = Collaboration;
}

declare module "llmspell.collaboration" {
  import { Collaboration } from "llmspell";
  export = Collaboration;
}

declare module "llmspell/swarm" {
  import { Swarm } from "llmspell";
  export = Swarm;
}

declare module "llmspell.swarm" {
  import { Swarm } from "llmspell";
  export = Swarm;
}

declare module "llmspell/memory" {
  import { Memory } from "llmspell";
  export = Memory;
}

declare module "llmspell.memory" {
  import { Memory } from "llmspell";
  export = Memory;
}

declare function require(name: "llmspell" | "rs-llmspell" | "@rs/llmspell" | "@llmspell/core"): typeof import("llmspell");
declare function require(name: "llmspell/agent" | "llmspell.agent"): typeof import("llmspell").Agent;
declare function require(name: "llmspell/template" | "llmspell.template"): typeof import("llmspell").Template;
declare function require(name: "llmspell/models" | "llmspell.models"): typeof import("llmspell").Models;
declare function require(name: "llmspell/tool" | "llmspell.tool"): typeof import("llmspell").Tool;
declare function require(name: "llmspell/tools" | "llmspell.tools"): typeof import("llmspell").Tools;
declare function require(name: "llmspell/events" | "llmspell.events"): typeof import("llmspell").Events;
declare function require(name: "llmspell/hooks" | "llmspell.hooks"): typeof import("llmspell").Hooks;
declare function require(name: "llmspell/config" | "llmspell.config"): typeof import("llmspell").Config;
declare function require(name: "llmspell/storage" | "llmspell.storage"): typeof import("llmspell").Storage;
declare function require(name: "llmspell/state" | "llmspell.state"): typeof import("llmspell").State;
declare function require(name: "llmspell/session" | "llmspell.session"): typeof import("llmspell").Session;
declare function require(name: "llmspell/runs" | "llmspell.runs"): typeof import("llmspell").Runs;
declare function require(name: "llmspell/workflow" | "llmspell.workflow"): typeof import("llmspell").Workflow;
declare function require(name: "llmspell/spell" | "llmspell.spell"): typeof import("llmspell").Spell;
declare function require(name: "llmspell/log" | "llmspell.log"): typeof import("llmspell").Log;
declare function require(name: "llmspell/async" | "llmspell.async"): typeof import("llmspell").Async;
declare function require(name: "llmspell/errorhandler" | "llmspell/error_handler" | "llmspell.errorhandler" | "llmspell.error_handler"): typeof import("llmspell").ErrorHandler;
declare function require(name: "llmspell/errorstrategy" | "llmspell/error_strategy" | "llmspell.errorstrategy" | "llmspell.error_strategy"): typeof import("llmspell").ErrorStrategy;
declare function require(name: "llmspell/json" | "llmspell.json"): typeof import("llmspell").JSON;
declare function require(name: "llmspell/assert" | "llmspell.assert"): typeof import("llmspell").Assert;
declare function require(name: "llmspell/testing" | "llmspell.testing"): typeof import("llmspell").Testing;
declare function require(name: "llmspell/collaboration" | "llmspell.collaboration"): typeof import("llmspell").Collaboration;
declare function require(name: "llmspell/swarm" | "llmspell.swarm"): typeof import("llmspell").Swarm;
declare function require(name: "llmspell/memory" | "llmspell.memory"): typeof import("llmspell").Memory;
declare function require(name: string): any;

interface Console {
  log(...data: any[]): void;
  info(...data: any[]): void;
  debug(...data: any[]): void;
  warn(...data: any[]): void;
  error(...data: any[]): void;
  trace(...data: any[]): void;
  dir(value?: any): void;
  table(value?: any): void;
}
declare var console: Console;
declare function setTimeout(handler: (...given: any[]) => void, delay?: number, ...given: any[]): number;
declare function setInterval(handler: (...given: any[]) => void, delay?: number, ...given: any[]): number;
declare function clearTimeout(timer?: number): void;
declare function clearInterval(timer?: number): void;
declare function queueMicrotask(job: () => void): void;
declare function structuredClone<T>(value: T): T;

/** Parameters of the run: `--param name=value`. */
declare const params: Record<string, any>;
declare const ENGINE: string;
declare const VERSION: string;
declare const PLATFORM: string;
declare const CONFIG_PATH: string;
declare const DATA_PATH: string;
declare const CACHE_PATH: string;
declare const SECURITY_LEVEL: "high" | "low";
declare const SANDBOX_ENABLED: boolean;
declare const MAX_MEMORY: number;
declare const MAX_EXECUTION_TIME: number | null;
declare const MAX_CONCURRENT_OPERATIONS: number;
declare const AVAILABLE_PROVIDERS: string[];
declare const DEFAULT_PROVIDER: string | null;
declare const LlmspellError: typeof import("llmspell").LlmspellError;
declare type LlmspellError = import("llmspell").LlmspellError;
declare function print(...values: any[]): void;
declare const log: ((level: string, message: any, metadata?: Record<string, any>) => void) & import("llmspell").LogNamespace;
declare function trace(message: any, metadata?: Record<string, any>): void;
declare function debug(message: any, metadata?: Record<string, any>): void;
declare function info(message: any, metadata?: Record<string, any>): void;
declare function warn(message: any, metadata?: Record<string, any>): void;

declare const Agent: typeof import("llmspell").Agent;
declare const Template: typeof import("llmspell").Template;
declare const Models: typeof import("llmspell").Models;
declare const Tool: typeof import("llmspell").Tool;
declare const Tools: typeof import("llmspell").Tools;
declare const Events: typeof import("llmspell").Events;
declare const Hooks: typeof import("llmspell").Hooks;
declare const Config: typeof import("llmspell").Config;
declare const Storage: typeof import("llmspell").Storage;
declare const State: typeof import("llmspell").State;
declare const Session: typeof import("llmspell").Session;
declare const Runs: typeof import("llmspell").Runs;
declare const Workflow: typeof import("llmspell").Workflow;
declare const Spell: typeof import("llmspell").Spell;
declare const Log: typeof import("llmspell").Log;
declare const Async: typeof import("llmspell").Async;
declare const ErrorHandler: typeof import("llmspell").ErrorHandler;
declare const ErrorStrategy: typeof import("llmspell").ErrorStrategy;
declare const Assert: typeof import("llmspell").Assert;
declare const Testing: typeof import("llmspell").Testing;
declare const Collaboration: typeof import("llmspell").Collaboration;
declare const Swarm: typeof import("llmspell").Swarm;
declare const Memory: typeof import("llmspell").Memory;
declare const AgentFinderTool: typeof import("llmspell").AgentFinderTool;
declare const Base64EncoderTool: typeof import("llmspell").Base64EncoderTool;
declare const CalculatorTool: typeof import("llmspell").CalculatorTool;
declare const DateTimeHandlerTool: typeof import("llmspell").DateTimeHandlerTool;
declare const DiffCalculatorTool: typeof import("llmspell").DiffCalculatorTool;
declare const DirectoryListerTool: typeof import("llmspell").DirectoryListerTool;
declare const FileArchiverTool: typeof import("llmspell").FileArchiverTool;
declare const FileConverterTool: typeof import("llmspell").FileConverterTool;
declare const FileMetadataTool: typeof import("llmspell").FileMetadataTool;
declare const FileReaderTool: typeof import("llmspell").FileReaderTool;
declare const FileSearchTool: typeof import("llmspell").FileSearchTool;
declare const FileSystemTool: typeof import("llmspell").FileSystemTool;
declare const FileWatcherTool: typeof import("llmspell").FileWatcherTool;
declare const FileWriterTool: typeof import("llmspell").FileWriterTool;
declare const HashCalculatorTool: typeof import("llmspell").HashCalculatorTool;
declare const TemplateProcessorTool: typeof import("llmspell").TemplateProcessorTool;
declare const TextManipulatorTool: typeof import("llmspell").TextManipulatorTool;
declare const UuidGeneratorTool: typeof import("llmspell").UuidGeneratorTool;
declare const ApiIntegrationAgent: typeof import("llmspell").ApiIntegrationAgent;
declare const ChatAgent: typeof import("llmspell").ChatAgent;
declare const CodeAssistantAgent: typeof import("llmspell").CodeAssistantAgent;
declare const ContentCreatorAgent: typeof import("llmspell").ContentCreatorAgent;
declare const CustomerServiceAgent: typeof import("llmspell").CustomerServiceAgent;
declare const DataAnalystAgent: typeof import("llmspell").DataAnalystAgent;
declare const MarketAnalystAgent: typeof import("llmspell").MarketAnalystAgent;
declare const OrchestratorAgent: typeof import("llmspell").OrchestratorAgent;
declare const PlannerAgent: typeof import("llmspell").PlannerAgent;
declare const ResearchAgent: typeof import("llmspell").ResearchAgent;
declare const ReviewerAgent: typeof import("llmspell").ReviewerAgent;

type Agent = import("llmspell").Agent;
type Template = import("llmspell").Template;
type Tool = import("llmspell").Tool;
type Subscription = import("llmspell").Subscription;
type View = import("llmspell").View;
type Hook = import("llmspell").Hook;
type Proceed = import("llmspell").Proceed;
type Listener = import("llmspell").Listener;
type Suite = import("llmspell").Suite;
type Case = import("llmspell").Case;
type Mock = import("llmspell").Mock;
type Spell = import("llmspell").Spell;
type Composed = import("llmspell").Composed;
type Session = import("llmspell").Session;
type State = import("llmspell").State;
type State_subscription = import("llmspell").State_subscription;
type Workflow = import("llmspell").Workflow;
type Workflow_run = import("llmspell").Workflow_run;

interface JSON {
  /** Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path. */
  encode(value: any, options?: boolean | { pretty?: boolean; indent?: number | string }): string;
  /** Read JSON; raises an error of type `validation` that names the position. */
  decode(text: string): any;
}
