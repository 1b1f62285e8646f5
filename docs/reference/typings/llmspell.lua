---@meta
-- The script API of llmspell, written by `llmspell api --lua`.

---@alias llmspell.Duration number|string Seconds, or text with a unit: "500ms", "1h30m"
---@alias llmspell.Milliseconds number|string Milliseconds, or text with a unit
---@alias llmspell.Size integer|string Bytes, or text with a unit: "10MB"
---@alias llmspell.Table table<string, any>
---@alias llmspell.Job (fun(...): any)|thread

---@class llmspell.Event What happened; keys of `data` can be read on top where they do not collide
---@field type string
---@field name string
---@field data llmspell.Table
---@field timestamp any
---@field sequence integer
---@field run string
---@field source string
---@field [string] any

---@class llmspell.Context What a hook is told of an operation
---@field point string
---@field subject string
---@field input any
---@field output any
---@field success boolean?
---@field error any
---@field timing llmspell.Table?
---@field [string] any

---@class llmspell.Error What `pcall` catches
---@field type string
---@field code integer?
---@field message string
---@field recoverable boolean
---@field retryable boolean?
---@field retry_after number?
---@field suggestions string[]
---@field context llmspell.Table
---@field where string?
---@field trace_id string?
---@field recovery_strategy "retry"|"none"
---@field recovery_suggestion string?

---@class llmspell.Stream Values one by one: `for value in stream do ... end`; leaving the loop closes it
---@overload fun(): llmspell.Table
local Stream = {}
---@return llmspell.Table?
function Stream:next() end
function Stream:close() end

---@class llmspell.Timer
---@field cancel fun()

---@class llmspell.RetryOptions
---@field attempts integer?
---@field delay (number|string)?
---@field max_delay (number|string)?
---@field backoff (number|"exponential"|"fixed")?
---@field should_retry (fun(error: any, attempt: integer): boolean)?
---@field on_retry fun(error: any, attempt: integer)?

---@class llmspell.WaitOptions
---@field interval (number|string)?
---@field timeout (number|string)?

---@class llmspell.JsonOptions
---@field pretty boolean?
---@field indent integer?

---@class llmspell.ToolConstructor A tool's constructor: `CalculatorTool.new{...}`
---@field new fun(options?: llmspell.Table): llmspell.Tool

---@class llmspell.AgentConstructor An agent of a template: `ResearchAgent.new{...}`
---@field new fun(options?: llmspell.Table): llmspell.Agent

---A file of the spell's folder, or the API: `llmspell`, `llmspell.agent`.
---@param name string
---@return any
function require(name) end

---Parameters of the run: `--param name=value`.
---@type llmspell.Table
params = {}
---@type string
ENGINE = ""
---@type string
VERSION = ""
---@type string
PLATFORM = ""
---@type string
CONFIG_PATH = ""
---@type string
DATA_PATH = ""
---@type string
CACHE_PATH = ""
---@type "high"|"low"
SECURITY_LEVEL = "high"
---@type boolean
SANDBOX_ENABLED = true
---@type integer
MAX_MEMORY = 0
---@type number?
MAX_EXECUTION_TIME = nil
---@type integer
MAX_CONCURRENT_OPERATIONS = 0
---@type string[]
AVAILABLE_PROVIDERS = {}
---@type string?
DEFAULT_PROVIDER = nil

---@class llmspell.log
---@overload fun(level: string, message: any, metadata?: llmspell.Table)
log = {}

---What changes of a workflow, also while it runs: steps that have not begun.
---@class llmspell.AdaptOptions
---@field add? llmspell.StepOptionsGiven[] steps to add at the end
---@field replace? llmspell.Table name of a step -> the step that takes its place
---@field remove? string[] names of steps to leave out
---@field retry? llmspell.RetryOptionsGiven attempts of the steps that are left
---@field timeout_per_step? llmspell.Duration time for one attempt of the steps that are left
---@field only? string[] steps that `retry` and `timeout_per_step` are for; all without it

---Parts of an agent that can change while it lives.
---@class llmspell.AgentChanges
---@field output? (llmspell.Table|any[]|string) what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema
---@field output_mode? ("auto"|"native"|"tool"|"prompted") how the model is asked for it; `auto` by its provider
---@field output_retries? integer how often it is asked again with what did not fit, 2 if not said
---@field retry? llmspell.Table how its failed calls are repeated; keys of `[resilience.retry]`
---@field rate_limit? llmspell.Table keys of `[resilience.rate_limit]`
---@field circuit_breaker? llmspell.Table keys of `[resilience.breaker]`
---@field priority? string `critical`, `high`, `normal`, `low` or `background`, where others wait, too
---@field budget? llmspell.Table `cost` and `tokens` of its life, `call_cost`, `call_tokens`
---@field cache? (boolean|llmspell.Table) whether answers are kept; keys of `[resilience.cache]`
---@field fallback? (string[]|llmspell.Table) models to ask when its own fails
---@field selection? llmspell.Table `candidates` and `strategy`, for the model `auto`
---@field recovery? (string|llmspell.Table) what is done about errors of its calls; keys of `[resilience.recovery]`
---@field resources? llmspell.Table what it may take; keys of `[resources.agent]`
---@field description? string what it is for
---@field provider? string provider of the model; without it the model's name decides
---@field model? string model, also as `provider/model`
---@field system_prompt? string its instructions; `{{x}}` takes values from the call's `context`
---@field temperature? number randomness of the model
---@field top_p? number share of likely tokens to choose from
---@field max_tokens? integer longest answer
---@field timeout? llmspell.Duration the same as `limits.seconds`
---@field limits? llmspell.LimitOptions how far one run may go
---@field approve? (boolean|string[]|(fun(call: table): any)) tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks
---@field approval_timeout? llmspell.Duration how long a call may wait for a decision
---@field extra? llmspell.Table fields passed to the provider as they are
---@field config? llmspell.SettingOptions settings that may also stand on top
---@field tools? ((llmspell.Tool|llmspell.Agent|string|llmspell.ToolOptions)[]) tools it is offered instead
---@field error_strategy? llmspell.StrategyGiven what to do when a run fails, see `ErrorStrategy`
---@field memory? (boolean|llmspell.MemorySettingsGiven) what it is told of the conversation; `false`: all
---@field handoffs? (boolean|(llmspell.Agent|string|llmspell.PeerOptionsGiven)[]) agents to which its model may hand over; `true`: all that others can find
---@field capabilities? string[] words by which `Agent.find` and other agents find it

---What an agent is.
---@class llmspell.AgentOptions
---@field output? (llmspell.Table|any[]|string) what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema
---@field output_mode? ("auto"|"native"|"tool"|"prompted") how the model is asked for it; `auto` by its provider
---@field output_retries? integer how often it is asked again with what did not fit, 2 if not said
---@field retry? llmspell.Table how its failed calls are repeated; keys of `[resilience.retry]`
---@field rate_limit? llmspell.Table keys of `[resilience.rate_limit]`
---@field circuit_breaker? llmspell.Table keys of `[resilience.breaker]`
---@field priority? string `critical`, `high`, `normal`, `low` or `background`, where others wait, too
---@field budget? llmspell.Table `cost` and `tokens` of its life, `call_cost`, `call_tokens`
---@field cache? (boolean|llmspell.Table) whether answers are kept; keys of `[resilience.cache]`
---@field fallback? (string[]|llmspell.Table) models to ask when its own fails
---@field selection? llmspell.Table `candidates` and `strategy`, for the model `auto`
---@field recovery? (string|llmspell.Table) what is done about errors of its calls; keys of `[resilience.recovery]`
---@field resources? llmspell.Table what it may take; keys of `[resources.agent]`
---@field description? string what it is for
---@field provider? string provider of the model; without it the model's name decides
---@field model? string model, also as `provider/model`
---@field system_prompt? string its instructions; `{{x}}` takes values from the call's `context`
---@field temperature? number randomness of the model
---@field top_p? number share of likely tokens to choose from
---@field max_tokens? integer longest answer
---@field timeout? llmspell.Duration the same as `limits.seconds`
---@field limits? llmspell.LimitOptions how far one run may go
---@field approve? (boolean|string[]|(fun(call: table): any)) tool calls a person decides about: true for all, names or patterns, or `function(call)` that gives true (it may go), false (it is rejected) or `ask`; a failure asks
---@field approval_timeout? llmspell.Duration how long a call may wait for a decision
---@field extra? llmspell.Table fields passed to the provider as they are
---@field config? llmspell.SettingOptions settings that may also stand on top
---@field tools? ((llmspell.Tool|llmspell.Agent|string|llmspell.ToolOptions)[]) handles, names, tools written in place, or agents
---@field error_strategy? llmspell.StrategyGiven what to do when a run fails, see `ErrorStrategy`
---@field memory? (boolean|llmspell.MemorySettingsGiven) what it is told of the conversation; `false`: all
---@field handoffs? (boolean|(llmspell.Agent|string|llmspell.PeerOptionsGiven)[]) agents to which its model may hand over; `true`: all that others can find
---@field capabilities? string[] words by which `Agent.find` and other agents find it
---@field name? string name by which `Agent.get` and `Agent.execute` find it
---@field hooks? (table<string, (fun(context: llmspell.Context, proceed: llmspell.Proceed): any)|llmspell.Listener|llmspell.HookSettings>) hooks of this agent by point
---@field guards? llmspell.GuardOptions functions that look at its `input`, its `output` and its `tools`
---@field remember? boolean whether it remembers its conversation
---@field skills? (string|string[]) folders of skills: with a `SKILL.md`, or with folders that have one

---@alias llmspell.AggregationOptionsGiven llmspell.AggregationOptions|string

---How the results of several steps are put together.
---@class llmspell.AggregationOptions
---@field strategy? string `collect` (or `combine_results`): by name; `list`; `merge`: maps that agree; `comprehensive_merge`; `concat`: texts; `first`; `last`; `majority` (or `vote`)
---@field require_minimum? integer how many steps must give something
---@field aggregate? (fun(results: llmspell.Table): any) `function(results)`: each by its name as `{success, data, error}`, with the keys of its data

---@alias llmspell.AsToolOptionsGiven llmspell.AsToolOptions|string

---How an agent is offered to others as a tool.
---@class llmspell.AsToolOptions
---@field name? string snake_case name that models call; `ask_` and the agent's name
---@field description? string one sentence for models; the agent's own
---@field remember? boolean whether it remembers what it was asked before

---Options of one call.
---@class llmspell.CallOptions
---@field on_error? ("raise"|"return") `return` gives `{success=false, error}` instead of raising
---@field timeout? llmspell.Duration how long the call may take
---@field error_strategy? llmspell.StrategyGiven what to do when this call fails, see `ErrorStrategy`

---Where metrics go.
---@class llmspell.CollectorOptions
---@field backend? "memory" kept for this spell; read them with `listener:stats()`

---When and how the older part of a conversation becomes a summary.
---@class llmspell.CompactionSettings
---@field at? number share of a bound from which on it is done
---@field keep? integer newest messages that stay as they are
---@field provider? string provider of the model that summarises
---@field model? string the model that summarises; without one the agent's own
---@field max_tokens? integer longest summary
---@field timeout? llmspell.Duration how long it may take
---@field times? integer how often in one run
---@field prompt? string instructions for the model that summarises

---@alias llmspell.CountOptionsGiven llmspell.CountOptions|string

---For which model tokens are counted, and what goes along with the text.
---@class llmspell.CountOptions
---@field provider? string the provider, by name
---@field model? string the model, or `provider/model`
---@field system? string the system prompt

---A spell: a workflow with what it may take and what to do about errors.
---@class llmspell.CreateOptions
---@field name string its name
---@field workflow (llmspell.Workflow|llmspell.WorkflowOptions) what it does
---@field description? string what it is for
---@field error_strategy? (string|llmspell.Table) what to do when a step fails that says nothing else, see `ErrorStrategy`
---@field resources? llmspell.ResourceBounds what it may take

---How a task goes to another agent.
---@class llmspell.DelegateOptions
---@field reason? string why, for the other agent and for hooks
---@field context? llmspell.Table values for `{{x}}` in the other agent's prompt
---@field output? any what the answer must be, as for `agent:execute`
---@field timeout? llmspell.Duration how long it may take
---@field on_error? ("raise"|"return") `return` gives `{success=false, error}` instead of raising

---@alias llmspell.DiscoverOptionsGiven llmspell.DiscoverOptions|string[]

---What to look for; all that is given must hold.
---@class llmspell.DiscoverOptions
---@field capabilities? string[] capabilities a tool must have
---@field category? string its category
---@field text? string text in its name or description
---@field min_version? string the lowest version that will do

---@alias llmspell.EmbedOptionsGiven llmspell.EmbedOptions|string

---Which vectors are wanted.
---@class llmspell.EmbedOptions
---@field provider? string the provider, by name
---@field model? string the model, or `provider/model`
---@field dimensions? integer how long the vectors are, where the model can shorten them
---@field purpose? ("query"|"document"|"similarity"|"classification"|"clustering") what the vectors are for, to providers that make a difference
---@field extra? llmspell.Table further fields of the request, for this provider

---An event as one table.
---@class llmspell.EmittedEvent
---@field type string its name, snake_case
---@field data? llmspell.Table what it says
---@field source? string who says it; the spell's name without it
---@field metadata? llmspell.Table kept in the data as `metadata`
---@field timestamp? any ignored: the event bus owns the time

---@alias llmspell.ExecuteOptionsGiven llmspell.ExecuteOptions|string|llmspell.Table

---What one run is given: `input`, or a table of data with keys of your own; both reach the model as text.
---@class llmspell.ExecuteOptions
---@field images? ((string|llmspell.MediaOptions)[]|string|llmspell.MediaOptions) paths, addresses, data URLs or bytes
---@field audio? ((string|llmspell.MediaOptions)[]|string|llmspell.MediaOptions) likewise
---@field files? ((string|llmspell.MediaOptions)[]|string|llmspell.MediaOptions) likewise
---@field output? (llmspell.Table|any[]|string) what the answer must be: `{name = "string", age = "integer?"}`, a list of one such, or a JSON Schema
---@field output_mode? ("auto"|"native"|"tool"|"prompted") how the model is asked for it; `auto` by its provider
---@field output_retries? integer how often it is asked again with what did not fit, 2 if not said
---@field input? (string|llmspell.Table) the message; a table is written as JSON
---@field prompt? string the same as `input`
---@field text? string the same as `input`
---@field query? string the same as `input`; with other data beside it, part of the data
---@field context? llmspell.Table values for `{{x}}` in the system prompt
---@field timeout? llmspell.Duration how long this run may take
---@field error_strategy? llmspell.StrategyGiven what to do when this run fails, instead of the agent's own
---@field on_error? ("raise"|"return") `return` gives `{success=false, error}` instead of raising
---@field [string] any

---When to give up at once.
---@class llmspell.FailOptions
---@field only? string[] error types it is for; others are not recovered either

---@alias llmspell.FeedbackOptionsGiven llmspell.FeedbackOptions|string

---What somebody says about an agent's work.
---@class llmspell.FeedbackOptions
---@field comment? string what was said
---@field rating? number from 0 (bad) to 1 (good)
---@field correction? string what would have been right
---@field about? string what it is about; the conversation so far without it
---@field lesson? string what to keep to, in words of your own: no model is asked

---@alias llmspell.FindOptionsGiven llmspell.FindOptions|string

---Which agents are wanted.
---@class llmspell.FindOptions
---@field capabilities? string[] capabilities that they have, all of them
---@field text? string words in their name, description or capabilities

---A function that a model may call.
---@class llmspell.FunctionOptions
---@field name string snake_case name
---@field description? string one sentence for the model
---@field parameters? llmspell.Table JSON Schema of the arguments, or a map of property to schema
---@field execute? (fun(input: llmspell.Table): any) called with the arguments; without it the script does what is called for

---What a workflow has to do, and who may do it.
---@class llmspell.GenerateOptions
---@field requirements llmspell.RequirementGiven[] what has to be done
---@field agents? ((llmspell.Agent|string)[]) agents that may do it; all of the spell without it
---@field name? string name of the workflow
---@field max_concurrency? integer how many steps at once
---@field retry? llmspell.RetryOptionsGiven attempts of each step
---@field timeout? llmspell.Duration time for all of it
---@field error_strategy? (string|llmspell.Table) what to do when a step fails

---The guards of an agent: functions, tables of one, or names of options of hook sets; one of them or a list.
---@class llmspell.GuardOptions
---@field input? (((llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string)[])|llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string) of what the agent is told
---@field output? (((llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string)[])|llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string) of what the agent says
---@field tools? (((llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string)[])|llmspell.GuardSettings|(fun(seen: table): boolean|table|nil)|string) of its tool calls

---One guard: a function, and when it is asked.
---@class llmspell.GuardSettings
---@field check (fun(seen: table): boolean|table|nil) `function(seen)`: nothing or true lets pass, false or `{trip = reason}` stops the run
---@field name? string name in errors
---@field first? boolean of an input: asked before the model is, not beside it
---@field every? integer of an output: asked also while it is written, every so many characters
---@field when? ("call"|"result"|"both") of a tool: before its call, after it, or both
---@field timeout? llmspell.Duration how long it may take

---Which keys go along.
---@class llmspell.HandOverOptions
---@field include? string[] patterns of keys, with `*`, `?` and `[...]`; all without one
---@field exclude? string[] patterns of keys that stay, whatever includes them
---@field on_conflict? ("error"|"keep"|"replace") what becomes of a key that is there already

---@alias llmspell.HandoffOptionsGiven llmspell.HandoffOptions|llmspell.Agent|string

---How a conversation goes to another agent.
---@class llmspell.HandoffOptions
---@field to (llmspell.Agent|string) the agent that takes over, or its name
---@field reason? string why, for the other agent and for hooks
---@field input? (string|llmspell.Table) what it should do, instead of going on
---@field state_filter? ("all"|"messages"|"last"|"none"|integer|(fun(messages: llmspell.Table[]): llmspell.Table[])) what crosses, see the option `handoffs`
---@field context? llmspell.Table values for `{{x}}` in the other agent's prompt
---@field timeout? llmspell.Duration how long the other agent may take
---@field on_error? ("raise"|"return") `return` gives `{success=false, error}` instead of raising

---A message to add to a conversation.
---@class llmspell.HistoryMessage
---@field role ("user"|"assistant"|"system") who said it
---@field content string what was said

---@alias llmspell.HistoryOptionsGiven llmspell.HistoryOptions|integer

---How much of a history is wanted.
---@class llmspell.HistoryOptions
---@field limit? integer only so many versions, the newest

---How a hook is ordered and bounded.
---@class llmspell.HookSettings
---@field handler? ((fun(context: llmspell.Context, proceed: llmspell.Proceed): any)|llmspell.Listener) `function(context)`, or a listener
---@field execute? ((fun(context: llmspell.Context, proceed: llmspell.Proceed): any)|llmspell.Listener) the same as `handler`
---@field priority? integer 0-1000, higher runs further out
---@field when? ((fun(context: llmspell.Context): boolean)|llmspell.Table) `function(context)`, or fields that must be equal
---@field condition? ((fun(context: llmspell.Context): boolean)|llmspell.Table) the same as `when`
---@field mode? ("sync"|"sequential"|"conditional"|"background"|"parallel") `background` runs beside the operation and only observes; `parallel` is for events
---@field execution_mode? ("sync"|"sequential"|"conditional"|"background"|"parallel") the same as `mode`
---@field timeout? llmspell.Duration how long it may take
---@field name? string name in statistics and for `dependencies`
---@field dependencies? string[] hooks at the same point that must run further out
---@field conflicts? string[] hooks that may not be at the same point
---@field cache? any refused: the answer of a hook is never cached
---@field cache_strategy? any refused, likewise

---@alias llmspell.ImportOptionsGiven llmspell.ImportOptions|"error"|"keep"|"replace"

---What becomes of a key that is there already.
---@class llmspell.ImportOptions
---@field on_conflict? ("error"|"keep"|"replace") fail and write nothing, keep the value that is there, or replace it

---How far one run may go.
---@class llmspell.LimitOptions
---@field turns? integer requests to the model
---@field tool_calls? integer tool calls
---@field tokens? integer tokens in and out
---@field seconds? llmspell.Duration time, also as text such as `5m`
---@field cost? number US dollars, those of agents it runs included; an unknown price is refused
---@field repeats? integer equal calls with equal outcomes before the model is told to stop; 0 for any number
---@field depth? integer how deep agents that it runs may run others; 0 for no agent at all

---How a spell is loaded.
---@class llmspell.LoadOptions
---@field params? llmspell.Table what it reads as `params`

---What a logger writes, and where.
---@class llmspell.LoggerOptions
---@field level? ("trace"|"debug"|"info"|"warn"|"error") level of its notes
---@field format? ("text"|"json") lines for people, or JSON
---@field output? ("log"|"stdout") the log, or standard output

---An image, a piece of audio or a file: one of `path`, `url` and `data`.
---@class llmspell.MediaOptions
---@field path? string a file; `fs.read` must be granted for it
---@field url? string an address that the service fetches, with `net.connect` granted for its host, or a data URL
---@field data? string the bytes themselves, or text
---@field media_type? string for example `image/png`; else told by the name's ending, or by the bytes
---@field name? string name of a file, as the model is told

---@alias llmspell.MemoryAddOptionsGiven llmspell.MemoryAddOptions|"spell"|"agent"|"session"|"shared"

---Where texts go, and how they are turned into vectors.
---@class llmspell.MemoryAddOptions
---@field namespace? ("spell"|"agent"|"session"|"shared") whose memory; without it the spell's own
---@field agent? string name of the agent, for the memory of one
---@field key? string under which the text is found again; what is there is replaced
---@field data? any whatever belongs to the text
---@field trusted? boolean whether the text comes from you; what is found is labelled `untrusted` else
---@field provider? string who makes vectors, for the first text of a memory
---@field model? string the model of vectors, or `provider/model`, for the first text of a memory

---@alias llmspell.MemoryListOptionsGiven llmspell.MemoryListOptions|integer

---How many texts are wanted.
---@class llmspell.MemoryListOptions
---@field namespace? ("spell"|"agent"|"session"|"shared") whose memory; without it the spell's own
---@field agent? string name of the agent, for the memory of one
---@field limit? integer only so many, the newest

---@alias llmspell.MemoryPlaceOptionsGiven llmspell.MemoryPlaceOptions|"spell"|"agent"|"session"|"shared"

---Which memory is meant.
---@class llmspell.MemoryPlaceOptions
---@field namespace? ("spell"|"agent"|"session"|"shared") whose memory; without it the spell's own
---@field agent? string name of the agent, for the memory of one

---@alias llmspell.MemoryReindexOptionsGiven llmspell.MemoryReindexOptions|string

---How vectors are made from now on.
---@class llmspell.MemoryReindexOptions
---@field namespace? ("spell"|"agent"|"session"|"shared") whose memory; without it the spell's own
---@field agent? string name of the agent, for the memory of one
---@field provider? string who makes vectors
---@field model? string the model of vectors, or `provider/model`

---@alias llmspell.MemorySearchOptionsGiven llmspell.MemorySearchOptions|integer

---Which texts are wanted.
---@class llmspell.MemorySearchOptions
---@field namespace? ("spell"|"agent"|"session"|"shared") whose memory; without it the spell's own
---@field agent? string name of the agent, for the memory of one
---@field limit? integer only so many, the nearest
---@field min_score? number least nearness, from -1 to 1

---@alias llmspell.MemorySettingsGiven llmspell.MemorySettings|integer

---What a model is told of the conversation, and where it is kept.
---@class llmspell.MemorySettings
---@field window? integer turns: a word of yours with all that follows until the next one
---@field messages? integer messages
---@field tokens? integer tokens of a whole request, estimated
---@field compaction? (boolean|llmspell.CompactionSettings) whether what is older becomes a summary, and how
---@field persist? (boolean|string) name under which it is kept for later runs; `true`: the agent's name
---@field namespace? ("agent"|"session"|"shared") who shares what `remember` keeps
---@field type? "conversation" older form
---@field max_entries? integer the same as `messages`, older form
---@field persistence? boolean the same as `persist`, older form
---@field summarize_after? integer messages from which on the older ones become a summary, older form

---@alias llmspell.MemoryTextGiven llmspell.MemoryText|string

---A text among several.
---@class llmspell.MemoryText
---@field text string the text
---@field key? string under which it is found again
---@field data? any whatever belongs to it

---How values get to another version of their schema.
---@class llmspell.MigrateOptions
---@field steps (fun(value: any, key: string): any[]) all steps there ever were, in order: `function(value, key)` gives the new value, nothing to leave it as it is
---@field dry_run? boolean tell what would change, and change nothing

---What a tool written in the script is, when its name is given apart.
---@class llmspell.NamedToolOptions
---@field name? string the name, when it is not given apart
---@field execute (fun(input: llmspell.Table): any) `function(arguments)`; what it returns is the result
---@field description? string one sentence for models
---@field parameters? llmspell.Table JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in
---@field input_schema? llmspell.Table the same as `parameters`
---@field output_schema? llmspell.Table JSON Schema of the result
---@field category? string category it is listed under
---@field capabilities? string[] capabilities it is found by
---@field examples? llmspell.Table[] calls that show its use
---@field effect? ("pure"|"idempotent"|"once") what may be repeated
---@field timeout? llmspell.Duration how long one call may take
---@field approval? boolean whether a person decides about each call that a model makes
---@field risk? ("read"|"write"|"outward"|"execute") what a call can come to at worst; `outward` when its function sends data out
---@field labels? (("private"|"untrusted")[]) what is said of its results: they must not leave unseen, are from outside
---@field version? string version of the tool
---@field error_strategy? llmspell.StrategyGiven what to do when it fails, whoever calls it

---@alias llmspell.NamespaceOptionsGiven llmspell.NamespaceOptions|"agent"|"session"|"shared"

---Where facts are.
---@class llmspell.NamespaceOptions
---@field namespace? ("agent"|"session"|"shared") where, if not where the agent's memory is

---Who is asked about a task.
---@class llmspell.NegotiateOptions
---@field agents? ((llmspell.Agent|string)[]) agents that may take it, besides those with the `capabilities`
---@field capabilities? string[] capabilities that an agent must have
---@field min_confidence? number how sure the agent must be that takes it, from 0 to 1
---@field execute? boolean whether the agent that takes it does it at once
---@field context? llmspell.Table values for `{{x}}` in the prompt of the agent that does it
---@field timeout? llmspell.Duration how long all of it may take

---What is noted of the spell.
---@class llmspell.ObservabilityOptions
---@field level? ("trace"|"debug"|"info"|"warn"|"error") notes of the spell below it go nowhere

---@alias llmspell.PeerOptionsGiven llmspell.PeerOptions|llmspell.Agent|string

---An agent that a model may hand over to.
---@class llmspell.PeerOptions
---@field agent (llmspell.Agent|string) the agent, or its name
---@field description? string what it is for; the agent's own
---@field state_filter? ("all"|"messages"|"last"|"none"|integer|(fun(messages: llmspell.Table[]): llmspell.Table[])) what crosses: all, what was said without use of tools, the user's last word, nothing, so many messages, or what a function of them returns
---@field tool? string name by which the model hands over; `transfer_to_` and the agent's name

---Tools to run one after the other.
---@class llmspell.PipelineOptions
---@field name string name of the pipeline, under which a model may call it
---@field steps llmspell.StepOptionsGiven[] what to do, in order; a step without `input` is given the result before
---@field type? string kind of the workflow that it is: `graph` or `parallel`, too
---@field description? string one sentence for models
---@field parameters? llmspell.Table JSON Schema of its input; anything without it
---@field error_strategy? (string|llmspell.Table) what to do when a step fails, see `ErrorStrategy`

---@alias llmspell.PlanOptionsGiven llmspell.PlanOptions|string

---What is to be planned.
---@class llmspell.PlanOptions
---@field goal string what is to be reached
---@field constraints? string[] what the plan must keep to
---@field max_steps? integer the most steps that it may have
---@field context? llmspell.Table values for `{{x}}` in the system prompt

---@alias llmspell.ProblemOptionsGiven llmspell.ProblemOptions|string

---What is to be solved.
---@class llmspell.ProblemOptions
---@field description string the problem
---@field constraints? string[] what a solution must keep to
---@field context? llmspell.Table values for `{{x}}` in the system prompt

---What agents of this provider are made with, where they say nothing themselves.
---@class llmspell.ProviderOptions
---@field model? string model
---@field default_model? string the same as `model`
---@field temperature? number randomness of the model
---@field top_p? number share of likely tokens to choose from
---@field max_tokens? integer longest answer
---@field extra? llmspell.Table fields passed to the provider as they are

---@alias llmspell.PullOptionsGiven llmspell.PullOptions|string

---Who fetches a model, and who is told how far it is.
---@class llmspell.PullOptions
---@field provider? string the provider, by name
---@field on_progress? (fun(value: any): any) `function({done, total, message})`, bytes; `total` may be absent

---@alias llmspell.RecallOptionsGiven llmspell.RecallOptions|integer

---Which facts are wanted.
---@class llmspell.RecallOptions
---@field limit? integer only so many, the best
---@field namespace? ("agent"|"session"|"shared") where, if not where the agent's memory is

---@alias llmspell.ReplayOptionsGiven llmspell.ReplayOptions|string

---Which events to hand out again.
---@class llmspell.ReplayOptions
---@field pattern? string names, with `*`
---@field since? any seconds since the epoch, or a time
---@field until? any likewise
---@field limit? integer only so many, the newest

---@alias llmspell.RequirementGiven llmspell.Requirement|string

---Something that has to be done.
---@class llmspell.Requirement
---@field name? string its name; who does it without one
---@field action? string what its agent shall do
---@field capabilities? (string|string[]) what who does it must be able to do
---@field agent? (llmspell.Agent|string) who does it, when that is known
---@field tool? string the tool that does it, when that is known
---@field needs? (string|string[]) names of what must be done before, whose results it is given
---@field input? any what it is given, instead of the results of what it needs
---@field output? string name of its result

---What a spell of `Spell.create` may take.
---@class llmspell.ResourceBounds
---@field max_parallel_agents? integer how many agents of its workflow work at once
---@field timeout_per_phase? llmspell.Duration time for a step of its workflow that says nothing else
---@field max_execution_time? llmspell.Duration time for all of it
---@field memory_limit? llmspell.Size memory of the script; refused when `[scripting] max_memory_usage` lets it have more

---Limits to lower.
---@class llmspell.ResourceLimits
---@field max_execution_time? llmspell.Duration time that the spell may still take, from its start
---@field max_concurrent_operations? integer calls that may be outstanding

---Limits under the names of the older form.
---@class llmspell.ResourceOptions
---@field max_execution_time? llmspell.Duration the same as `limits.seconds`

---@alias llmspell.RetryOptionsGiven llmspell.RetryOptions|integer

---How often a step is attempted.
---@class llmspell.RetryOptions
---@field attempts? integer attempts in all
---@field max_attempts? integer the same as `attempts`
---@field max_retries? integer attempts after the first
---@field delay? llmspell.Duration wait before the second
---@field backoff? number factor by which the wait grows
---@field max_delay? llmspell.Duration longest wait
---@field only? string[] types of errors that are worth it; all without it

---How far a rollback may go.
---@class llmspell.RollbackOptions
---@field force? boolean lose what was written since the migration

---Which runs are wanted.
---@class llmspell.RunsFilter
---@field status? ("running"|"interrupted"|"paused"|"done"|"failed"|"cancelled") only those that are it now
---@field limit? integer only so many

---Rights to keep, as on the command line: `fs.read=./data`, `net.connect=*.example.com:443`.
---@class llmspell.SecurityOptions
---@field grants? string[] what of each named right to keep; rights that are not named stay
---@field deny? string[] targets to give up

---Which sessions are wanted.
---@class llmspell.SessionFilter
---@field status? ("active"|"suspended"|"expired") only those that are it now
---@field tag? string only those that have this tag
---@field name? string only the one with this name

---@alias llmspell.SessionOptionsGiven llmspell.SessionOptions|string

---What a session starts with.
---@class llmspell.SessionOptions
---@field name? string a name by which it can be found, too
---@field tags? string[] words by which it can be found
---@field values? llmspell.Table its first values
---@field lifetime? llmspell.Duration it expires after so much time without a run; never without it

---Settings that may also stand on top.
---@class llmspell.SettingOptions
---@field retry_count? integer how often a failed call is repeated; the same as `retry.attempts`
---@field circuit_breaker? llmspell.Table as on top
---@field rate_limit? llmspell.Table as on top
---@field temperature? number randomness of the model
---@field top_p? number share of likely tokens to choose from
---@field max_tokens? integer longest answer
---@field timeout? llmspell.Duration the same as `limits.seconds`
---@field resources? llmspell.ResourceOptions limits under their older names
---@field error_strategy? llmspell.StrategyGiven what to do when a run fails

---A collaboration.
---@class llmspell.StartOptions
---@field agents any[] the agents, or their names
---@field strategy? ("sequential"|"parallel"|"consensus"|"hierarchical"|"dynamic") how they work together
---@field task? string what is to be done
---@field steps? llmspell.StepOptions[] pieces of the work; one for each agent
---@field shared? llmspell.Table what all of them are told; also values for `{{x}}` in their prompts
---@field sync_points? llmspell.SyncOptions[] points where the work waits for some of its steps
---@field leader? any who plans, decides or puts together; the first agent
---@field concurrency? integer how many agents may work side by side; 0 for all
---@field voting? ("majority"|"unanimous"|"weighted"|"ranked") how votes count: one each, all alike, by confidence and `weights`, by rank
---@field weights? (table<string, number>) weight of an agent's vote by its name, for `weighted`; 1
---@field threshold? number share of all points above which a proposal is agreed on
---@field conflict? ("debate"|"leader"|"best"|"fail") what to do when nothing is agreed on: argue and vote again, the leader decides, most points win, give up
---@field rounds? integer how often they vote, or how often the coordinator of `dynamic` chooses
---@field on_failure? ("retry"|"reassign"|"skip"|"abort") what to do when an agent fails; each strategy has its own way
---@field retries? integer how often a failed piece is tried again, for `retry`
---@field timeout? llmspell.Duration how long all of it may take

---@alias llmspell.StepOptionsGiven llmspell.StepOptions|llmspell.Agent|llmspell.Tool|llmspell.Workflow|(fun(...): any)|string

---A step: an agent, tool, workflow or function that does it; or a phase, which has steps of its own.
---@class llmspell.StepOptions
---@field steps? llmspell.StepOptionsGiven[] what is done
---@field branches? llmspell.StepOptionsGiven[] the same as `steps`
---@field agents? llmspell.StepOptionsGiven[] the same as `steps`, of agents
---@field condition? ((fun(context: llmspell.Table): boolean|nil)|string|boolean) template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round
---@field if_true? llmspell.StepOptionsGiven branch of a conditional workflow
---@field true_branch? llmspell.StepOptionsGiven the same as `if_true`
---@field if_false? llmspell.StepOptionsGiven the other branch
---@field false_branch? llmspell.StepOptionsGiven the same as `if_false`
---@field map? llmspell.StepOptionsGiven step of a map-reduce for each item
---@field reduce? llmspell.StepOptionsGiven step of a map-reduce for the `results`
---@field body? (llmspell.StepOptionsGiven|llmspell.StepOptionsGiven[]) the steps of a loop or fan-out
---@field while_condition? ((fun(context: llmspell.Table): boolean|nil)|string|boolean) the same as `condition`, of a loop
---@field until? ((fun(context: llmspell.Table): boolean|nil)|string) condition that ends a loop, asked after each round
---@field until_condition? ((fun(context: llmspell.Table): boolean|nil)|string) the same as `until`
---@field items? ((fun(context: llmspell.Table): any)|string|any[]|llmspell.Table) what a loop, fan-out, map-reduce or pipeline works on
---@field for_each? ((fun(context: llmspell.Table): any)|string|any[]|llmspell.Table) the same as `items`
---@field count? (integer|string|(fun(context: llmspell.Table): any)) how many rounds a loop has
---@field times? (integer|string|(fun(context: llmspell.Table): any)) the same as `count`
---@field max_iterations? integer how many rounds at most; 100 when only a condition ends a loop
---@field collect? boolean whether a loop gives a list of all rounds
---@field max_concurrency? integer how many steps at once; of those for each of `items` 500
---@field fail_fast? boolean whether the first failure ends the others
---@field require_minimum? integer how many steps must give something
---@field aggregation? llmspell.AggregationOptionsGiven how results are put together
---@field merge_strategy? string the same as `aggregation.strategy`
---@field aggregate? (fun(results: llmspell.Table): any) the same as `aggregation.aggregate`
---@field continue_on_error? boolean whether it goes on when a step has failed
---@field timeout_per_step? llmspell.Duration time for one attempt of a step that says nothing else
---@field max_execution_time? llmspell.Duration time for all of it
---@field execute? (fun(context: llmspell.Table, run: fun(name: string, input: any): any): any) `function(context, run)` of a custom workflow; `run(name, input)` does a step
---@field options? llmspell.Table options of a kind that a plugin brings
---@field name? string its name; who does it without one
---@field id? string the same as `name`
---@field type? string the kind of a phase, such as `parallel`
---@field component? (llmspell.Agent|llmspell.Tool|llmspell.Workflow|(fun(context: llmspell.Table, input: any): any)|string) who does it, whatever that is
---@field agent? (llmspell.Agent|string) the agent that does it, or its name; in a template `self`
---@field tool? (llmspell.Tool|string) the tool that does it, or its name
---@field tools? ((llmspell.Tool|string)[]) tools that do it side by side; with an `agent` tools that it is offered
---@field workflow? (llmspell.Workflow|string) the workflow that does it, or its name
---@field run? (fun(context: llmspell.Table, input: any): any) `function(context)` that does it; `function(context, input)` when there is an `input`
---@field code? string source text that does it, in the language of `engine`; it reads `params.input`
---@field engine? string name of the engine that runs `code`; that of the spell without it
---@field action? (string|(fun(context: llmspell.Table, input: any): any)) what its agent shall do; or the same as `run`
---@field query? string the same as `action`
---@field task? string the same as `action`
---@field prompt? string the same as `action`
---@field input? any what it is given: a value with `{{x}}` in it, or `function(context)`; without it what the step before gave
---@field output? string name of what it gives
---@field retry? llmspell.RetryOptionsGiven how often it is attempted
---@field timeout? llmspell.Duration time for one attempt
---@field error_strategy? llmspell.StrategyGiven what to do when it fails, see `ErrorStrategy`
---@field depends_on? (string|string[]) steps of a graph that come before it
---@field join? ("all"|"any") whether it waits for all of them
---@field compensate? llmspell.StepOptionsGiven what takes it back when the workflow fails later; it knows the `output`

---One step of a transaction.
---@class llmspell.StoreOperation
---@field type? ("set"|"put"|"delete") what to do; without it a step with a value sets and one without deletes
---@field op? ("set"|"put"|"delete") the same as `type`
---@field key string the key
---@field value? any what to set

---@alias llmspell.StrategyGiven llmspell.Strategy|string

---What to do about an error. Keys `on_<type of error>` name a strategy for that type alone.
---@class llmspell.Strategy
---@field type? string which way, see `ErrorStrategy`; without it the other keys decide
---@field operation? (fun(): any) function to call again, for `retry`
---@field attempts? integer how often, for `retry`
---@field max_retries? integer the same as `attempts`
---@field retry_count? integer the same as `attempts`
---@field delay? llmspell.Duration wait before the first repetition
---@field initial_delay? llmspell.Duration the same as `delay`
---@field retry_delay? llmspell.Duration the same as `delay`
---@field backoff? number factor by which the wait grows
---@field backoff_multiplier? number the same as `backoff`
---@field max_delay? llmspell.Duration longest wait
---@field value? any result to use, for `fallback` and `continue_degraded`
---@field agent? (llmspell.Agent|string) agent to ask instead, for `fallback`
---@field fallback_agent_id? (llmspell.Agent|string) the same as `agent`
---@field tool? (llmspell.Tool|string) tool to run instead, for `fallback`
---@field fallback_tool_name? (llmspell.Tool|string) the same as `tool`
---@field input? any what the agent or tool is given; what failed was given this without it
---@field handler? (fun(error: llmspell.Error): any) `function(error)` whose value is the result, for `handler` and `fallback`
---@field strategies? any[] strategies to try one after the other, for `cascade`
---@field fallback_agents? llmspell.Table agent that failed -> agent to ask instead, for `cascade`
---@field fallback_behavior? string name of the strategy to end with
---@field skip_failed_tools? boolean whether `continue_degraded` skips them
---@field use_cached_results? boolean whether `continue_degraded` uses them
---@field cache_timeout? llmspell.Duration how old a result of `fallback_to_cached` may be
---@field fallback_providers? string[] `provider/model`, for `switch_to_fallback_provider`
---@field circuit_breaker? llmspell.Table keys of `[resilience.breaker]`, beside anything else
---@field failure_threshold? integer failures in a row that open the circuit, for `circuit_breaker`
---@field reset_timeout? llmspell.Duration how long the circuit stays open
---@field recovery_timeout? llmspell.Duration the same as `reset_timeout`
---@field after_parts? boolean whether a stream of which parts were read begins anew, after a part `reset`
---@field only? string[] error types it is for; others are not recovered
---@field [string] any

---How a subscription is ordered and bounded.
---@class llmspell.SubscribeOptions
---@field priority? integer 0-1000, higher is told first
---@field timeout? llmspell.Duration how long the handler may take
---@field queue? integer events that may wait for the handler
---@field overflow? ("block"|"drop_oldest"|"drop_newest"|"error") what happens to an event that does not fit the queue
---@field filter? ((fun(event: llmspell.Event): boolean)|llmspell.Table) `function(event)`, or fields that must be equal

---Which of its tests run.
---@class llmspell.SuiteOptions
---@field skip? (boolean|string) run none of them; text says why
---@field only? boolean run these and no others of the file

---What `Swarm.create` gave, or the options of a swarm.
---@class llmspell.SwarmGiven
---@field agents any[] the agents, or their names
---@field rounds? integer how often each of them proposes
---@field keep? integer how many of the best solutions all of them see
---@field target? number score from 0 to 10 that is good enough to stop
---@field patience? integer rounds without a better solution before they stop
---@field timeout? llmspell.Duration how long all of it may take
---@field names? string[]

---A swarm: agents that better a solution by looking at the best ones so far.
---@class llmspell.SwarmOptions
---@field agents any[] the agents, or their names
---@field rounds? integer how often each of them proposes
---@field keep? integer how many of the best solutions all of them see
---@field target? number score from 0 to 10 that is good enough to stop
---@field patience? integer rounds without a better solution before they stop
---@field timeout? llmspell.Duration how long all of it may take

---A point where the work waits for some of its steps, for `parallel`.
---@class llmspell.SyncOptions
---@field name string name by which steps depend on it
---@field wait_for string[] steps that must have ended
---@field require? integer how many of them must have succeeded; all

---@alias llmspell.TestOptionsGiven llmspell.TestOptions|llmspell.Duration

---Whether a test runs, and how long it may take.
---@class llmspell.TestOptions
---@field skip? (boolean|string) run none of them; text says why
---@field only? boolean run these and no others of the file
---@field timeout? llmspell.Duration longest time

---What a tool written in the script is.
---@class llmspell.ToolOptions
---@field name string snake_case name that models call
---@field execute (fun(input: llmspell.Table): any) `function(arguments)`; what it returns is the result
---@field description? string one sentence for models
---@field parameters? llmspell.Table JSON Schema of the arguments, or a map of property name to schema; a `default` is filled in
---@field input_schema? llmspell.Table the same as `parameters`
---@field output_schema? llmspell.Table JSON Schema of the result
---@field category? string category it is listed under
---@field capabilities? string[] capabilities it is found by
---@field examples? llmspell.Table[] calls that show its use
---@field effect? ("pure"|"idempotent"|"once") what may be repeated
---@field timeout? llmspell.Duration how long one call may take
---@field approval? boolean whether a person decides about each call that a model makes
---@field risk? ("read"|"write"|"outward"|"execute") what a call can come to at worst; `outward` when its function sends data out
---@field labels? (("private"|"untrusted")[]) what is said of its results: they must not leave unseen, are from outside
---@field version? string version of the tool
---@field error_strategy? llmspell.StrategyGiven what to do when it fails, whoever calls it

---How much of a trace is wanted.
---@class llmspell.TraceOptions
---@field depth? integer only so many levels of operations
---@field only? string[] only these operations: `llm_call`, `tool_execution`, ...
---@field messages? boolean also what went between the script and llmspell

---How an update goes on when others write the key, too.
---@class llmspell.UpdateOptions
---@field attempts? integer how often the function is asked

---@alias llmspell.WorkflowAgentOptionsGiven llmspell.WorkflowAgentOptions|string

---How a workflow is offered as an agent.
---@class llmspell.WorkflowAgentOptions
---@field name? string its name; the workflow's own
---@field description? string what it is for; the workflow's own
---@field capabilities? string[] words by which `Agent.find` and other agents find it

---A workflow.
---@class llmspell.WorkflowOptions
---@field steps? llmspell.StepOptionsGiven[] what is done
---@field branches? llmspell.StepOptionsGiven[] the same as `steps`
---@field agents? llmspell.StepOptionsGiven[] the same as `steps`, of agents
---@field condition? ((fun(context: llmspell.Table): boolean|nil)|string|boolean) template or `function(context)`: of a step whether it is done, of a conditional workflow which branch is taken, of a loop whether there is another round
---@field if_true? llmspell.StepOptionsGiven branch of a conditional workflow
---@field true_branch? llmspell.StepOptionsGiven the same as `if_true`
---@field if_false? llmspell.StepOptionsGiven the other branch
---@field false_branch? llmspell.StepOptionsGiven the same as `if_false`
---@field map? llmspell.StepOptionsGiven step of a map-reduce for each item
---@field reduce? llmspell.StepOptionsGiven step of a map-reduce for the `results`
---@field body? (llmspell.StepOptionsGiven|llmspell.StepOptionsGiven[]) the steps of a loop or fan-out
---@field while_condition? ((fun(context: llmspell.Table): boolean|nil)|string|boolean) the same as `condition`, of a loop
---@field until? ((fun(context: llmspell.Table): boolean|nil)|string) condition that ends a loop, asked after each round
---@field until_condition? ((fun(context: llmspell.Table): boolean|nil)|string) the same as `until`
---@field items? ((fun(context: llmspell.Table): any)|string|any[]|llmspell.Table) what a loop, fan-out, map-reduce or pipeline works on
---@field for_each? ((fun(context: llmspell.Table): any)|string|any[]|llmspell.Table) the same as `items`
---@field count? (integer|string|(fun(context: llmspell.Table): any)) how many rounds a loop has
---@field times? (integer|string|(fun(context: llmspell.Table): any)) the same as `count`
---@field max_iterations? integer how many rounds at most; 100 when only a condition ends a loop
---@field collect? boolean whether a loop gives a list of all rounds
---@field max_concurrency? integer how many steps at once; of those for each of `items` 500
---@field fail_fast? boolean whether the first failure ends the others
---@field require_minimum? integer how many steps must give something
---@field aggregation? llmspell.AggregationOptionsGiven how results are put together
---@field merge_strategy? string the same as `aggregation.strategy`
---@field aggregate? (fun(results: llmspell.Table): any) the same as `aggregation.aggregate`
---@field continue_on_error? boolean whether it goes on when a step has failed
---@field timeout_per_step? llmspell.Duration time for one attempt of a step that says nothing else
---@field max_execution_time? llmspell.Duration time for all of it
---@field execute? (fun(context: llmspell.Table, run: fun(name: string, input: any): any): any) `function(context, run)` of a custom workflow; `run(name, input)` does a step
---@field options? llmspell.Table options of a kind that a plugin brings
---@field name? string its name
---@field type? string its kind, for `Workflow.create`
---@field description? string what it is for
---@field input? llmspell.Table JSON Schema of its input, or a map of names to types; anything without
---@field output? any template, map of templates or `function(context)` that makes its output
---@field timeout? llmspell.Duration time for all of it
---@field retry? llmspell.RetryOptionsGiven attempts of a step that says nothing else
---@field error_strategy? (string|llmspell.Table) what to do when a step fails, see `ErrorStrategy`; or a map of steps to that
---@field save_checkpoints? boolean whether its steps outlive the process; wants a durable run, which keeps every step
---@field checkpoint_interval? integer after how many steps at least; every step is kept, whatever it says, so none is done twice
---@field config? llmspell.Table options that may also stand on top

---@alias llmspell.WorkflowToolOptionsGiven llmspell.WorkflowToolOptions|string

---How a workflow is offered as a tool.
---@class llmspell.WorkflowToolOptions
---@field name? string snake_case name that models call; the workflow's own
---@field description? string one sentence for models; the workflow's own

---@alias llmspell.WriteOptionsGiven llmspell.WriteOptions|integer

---When a value may be written or removed.
---@class llmspell.WriteOptions
---@field version? integer only when the key has this version; 0 means: only when it is absent

---An agent that a script holds.
---
---It is closed when nobody refers to this object any more: no script, no name, no run under way, no other agent that
---falls back on it.
---@class llmspell.Agent
---@field name string
---@field id string
local agent = {}

---Make a tool of the agent, whose argument is `input` and whose result is what the agent answers.
---
---It has the rights that both the agent and its caller have; what it takes is counted for its caller, too. Where
---tools are listed an agent may stand for itself: `tools = {agent}`.
---@param options? llmspell.AsToolOptionsGiven
---@return llmspell.Tool
function agent:as_tool(options) end

---Give the agent's conversation to another agent, which goes on with it; returns what its `execute` returns.
---
---The conversation is the other agent's from now on, this one keeps its own as it is. Raises `handoff` for an
---agent that would hand over to itself, `agent_not_found`, and what the other agent's run raises.
---@param options llmspell.HandoffOptionsGiven
---@return llmspell.Table
function agent:handoff(options) end

---Have another agent do a task for this one; returns what its `execute` returns.
---
---It has the rights that both have and stays within this agent's limits; what it takes is counted for both, and
---neither conversation changes. Raises `handoff` for the agent itself, `agent_not_found`, and what the other
---agent's run raises.
---@param other llmspell.Agent|string
---@param task string|llmspell.Table
---@param options? llmspell.DelegateOptions
---@return llmspell.Table
function agent:delegate_to(other, task, options) end

---Ask agents whether they take a task, side by side, and choose the surest of those that do.
---
---Returns `{accepted, agent, confidence, bids}`; a bid is `{agent, accept, confidence, reason, conditions}`, or
---has the `error` for which there is none. With `execute` the chosen agent does the task, as `delegate_to` has it,
---and `result` is what it gave. Without agents or capabilities the agent itself is asked.
---@param task string|llmspell.Table
---@param options? llmspell.NegotiateOptions
---@return llmspell.Table
function agent:negotiate_task(task, options) end

---Give the agent's state, a table that its spell keeps with it.
---@return llmspell.Table
function agent:get_state() end

---Replace the agent's state.
---@param state llmspell.Table
function agent:set_state(state) end

---Empty the agent's state.
function agent:clear_state() end

---Keep the agent's state and its conversation for agents of this name in later runs of the spell.
---
---They are `state` and `saved_conversation` in the scope `agent`.
function agent:save_state() end

---Bring back the state and the conversation that `save_state` kept, and tell whether there were any.
---@return boolean
function agent:restore_state() end

---Give the conversation so far: `{role, content, tool_calls, results}` each.
---
---Where a summary stands for what came before, it is the first, with `summary = true`.
---@return llmspell.Table[]
function agent:history() end

---Give the conversation so far: `{role, content, tool_calls, results}` each.
---
---Where a summary stands for what came before, it is the first, with `summary = true`.
---@return llmspell.Table[]
function agent:get_history() end

---Add messages to the conversation without asking the model.
---@param message llmspell.HistoryMessage|llmspell.HistoryMessage[]
function agent:add_to_history(message) end

---Add messages to the conversation without asking the model.
---@param message llmspell.HistoryMessage|llmspell.HistoryMessage[]
function agent:add_history(message) end

---Forget the conversation, also where it is kept.
function agent:reset() end

---Forget the conversation, also where it is kept.
function agent:clear_history() end

---Keep a text, or a value under a key, for this agent in later runs, too; give the key.
---
---`remember("Ada likes tea")` keeps the text under a new key, `remember("birthday", "1815-12-10")` a value, in the
---place of what was there.
---@param text string
---@param value? any
---@param options? llmspell.NamespaceOptionsGiven
---@return string
function agent:remember(text, value, options) end

---Give what was remembered: the value under exactly this key, else a list of the facts whose words fit best.
---
---With options there is always a list: `{key, value, text, at, score}` each, the best first. Without a query the
---newest facts are listed.
---@param query? string
---@param options? llmspell.RecallOptionsGiven
---@return any
function agent:recall(query, options) end

---Forget the fact under a key, without one all facts; give their number.
---@param key? string
---@param options? llmspell.NamespaceOptionsGiven
---@return integer
function agent:forget(key, options) end

---List the tools that its template wants and nobody has: `{tool | capability, why, near}`.
---@return llmspell.Table[]
function agent:missing_tools() end

---List what its template says it can do; nothing for an agent without template.
---@return string[]
function agent:capabilities() end

---List the workflows that its template has; nothing for an agent without template.
---@return string[]
function agent:list_workflows() end

---Make a workflow that its template has; `self` is this agent there.
---
---Raises `workflow_not_found`, and `workflow_definition` with all that it wants and that is not there.
---@param name string
---@return llmspell.Workflow
function agent:workflow(name) end

---Say something and return the answer's text; the agent's `error_strategy` is followed when that fails.
---
---`message` is text, or a table that also brings `images`, `audio` or `files`: paths, addresses, data URLs, bytes.
---Where an `output` was asked for the text is its JSON; `execute` gives the value. Raises `limit_reached`,
---`timeout`, `output_mismatch`, provider errors, what a hook decides, and `approval_required` when a tool call
---waits for a person: `execute` gives what it takes to go on then. A durable run pauses there instead, until
---somebody has decided.
---@param message llmspell.ExecuteOptionsGiven
---@param options? llmspell.ExecuteOptionsGiven
---@return string|llmspell.Table
function agent:chat(message, options) end

---Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
---
---`given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
---for, else the text.
---`cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
---`paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
---`agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
---what the model thought and `media` are what it made, where there is any. Where others took over,
---`metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
---@param given llmspell.ExecuteOptionsGiven
---@param options? llmspell.ExecuteOptionsGiven
---@return llmspell.Table
function agent:execute(given, options) end

---Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
---
---`given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
---for, else the text.
---`cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
---`paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
---`agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
---what the model thought and `media` are what it made, where there is any. Where others took over,
---`metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
---@param given llmspell.ExecuteOptionsGiven
---@param options? llmspell.ExecuteOptionsGiven
---@return llmspell.Table
function agent:run(given, options) end

---Run the agent and return `{success=true, content, output, data, usage, tool_calls, metadata, state_updates}`.
---
---`given` is the message, or a table of options. `output` and `data` are the value that the option `output` asks
---for, else the text.
---`cost` is in US dollars, as text; `nested` tells what agents took that the run ran. `status` is `done`, or
---`paused` when tool calls wait for a person: `pending` lists them as `{id, tool, arguments, why}`, with the
---`agent` where one waits within this run, and `state` is the text from which `resume` goes on. `reasoning` is
---what the model thought and `media` are what it made, where there is any. Where others took over,
---`metadata.agent` is who answered and `metadata.handoffs` lists `{from, to, reason}`.
---@param given llmspell.ExecuteOptionsGiven
---@param options? llmspell.ExecuteOptionsGiven
---@return llmspell.Table
function agent:invoke(given, options) end

---Run the agent and iterate over the parts of its answer; leaving the loop cancels the run.
---
---Parts are tables with a `type`: `text` and `reasoning` (with `text`), `tool_call_start|delta|end`,
---`tool_result`, `usage`, `finish`, `reset` (what came so far is void), `handoff` (with `from`, `to`, `reason`),
---`agent` (a `part` of an agent that it uses as a tool, named by `agent`), `answer`, and as the last one `done`
---with all that `execute` returns. Where an `output` was asked for there is
---also `partial`, with the `data` that are valid so far.
---
---The `error_strategy` is followed as in `execute` before the first part; a failure after it ends the stream with
---the error, unless the strategy has `after_parts`.
---@param given llmspell.ExecuteOptionsGiven
---@return llmspell.Stream
function agent:stream(given) end

---Run the agent step by step: the next step begins when it is asked for; leaving the loop cancels the run.
---
---A step is `{type = "step", agent, kind = "ask" | "tools", turn, next, content, tool_calls, state}`: the model
---was asked, or the tool calls of its answer were settled. `resume` of this `agent` goes on from `state`: it is
---another one after a handoff. The last one is `done` with all that `execute` returns. No `error_strategy` is
---followed.
---@param given llmspell.ExecuteOptionsGiven
---@return llmspell.Stream
function agent:steps(given) end

---Go on with a run from its `state`, also one that another process began; returns what `execute` returns.
---
---`decisions` are by the ids of calls in `pending`: `"approve"`, `"reject"`, `{reason = "..."}` rejects and tells
---the model why, `{arguments = {...}}` approves with these arguments instead, and `always = "run" | "agent"`
---beside `decision`, `reason` or `arguments` settles later calls of the tool alike. Calls without a decision go on
---waiting; what has an outcome is not done again. No `error_strategy` is followed. A run that failed after an
---answer goes on likewise, from `context.run_state` of its error.
---
---Raises `run_state`, `approval_expired` and `validation` before anything is spent.
---@param state string|llmspell.Table
---@param decisions? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:resume(state, decisions, options) end

---Go on with a run as `resume` does and iterate over its parts as `stream` does.
---@param state string|llmspell.Table
---@param decisions? llmspell.Table
---@return llmspell.Stream
function agent:resume_stream(state, decisions) end

---Make sure that the agent could work, before anything is asked: `{ready=true, provider, model, tools}`.
---
---An agent needs no such call: it is ready when it is made. Raises `agent_configuration` without a model,
---`component_unavailable` and `tool_not_found` for a provider or tool that cannot be loaded.
---@return llmspell.Table
function agent:initialize() end

---Make a plan: `{goal, steps, order, assumptions, risks, usage}`.
---
---A step has `id, title, details, needs` (ids of steps before it) and `done_when`; `order` has the ids in lists,
---those that can go on together in one. A plan whose steps wait for each other in a circle is asked for again.
---Raises `output_mismatch` and as `chat` does.
---@param goal llmspell.PlanOptionsGiven
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:plan(goal, options) end

---Reason about a question step by step: `{question, steps, conclusion, confidence, gaps, evidence, usage}`.
---
---`evidence` are texts, or tables with a `text` and what else is to be known (`source`, ...). Each step says in
---`evidence` which of them it rests on, counted from 1; `evidence` of the result has those that were used.
---`confidence` is from 0 to 1, `gaps` is what would have to be known. Raises as `plan` does.
---@param question string
---@param evidence? (string|llmspell.Table)[]
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:reason(question, evidence, options) end

---Solve a problem: weigh several ways, choose one, and check it against every constraint.
---
---Returns `{problem, understanding, options, chosen, solution, steps, checks, solved, confidence, open_questions,
---usage}`; a check has `constraint, met, how`, and `solved` says that all are met. Raises as `plan` does.
---@param problem llmspell.ProblemOptionsGiven
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:solve_problem(problem, options) end

---Learn from what somebody said: `{lessons, all}`, what was learned now and all that was learned so far.
---
---The model says what to keep to, in at most five sentences, unless a `lesson` is given. Lessons are told to the
---model with every request from now on. They lie in the agent's state as `lessons`: `save_state` keeps them for
---later runs, `clear_state` forgets them.
---@param feedback llmspell.FeedbackOptionsGiven
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:learn_from_feedback(feedback, options) end

---Ask for an answer of a form and give it, the `data` of `execute`. Raises `output_mismatch`.
---@param prompt string
---@param schema llmspell.Table
---@param options? llmspell.CallOptions
---@return any
function agent:structured_output(prompt, schema, options) end

---Say something in a context, and return the answer's text.
---
---`history` of the context is the conversation so far, `{role, content}` each, instead of the agent's own. Other
---values fill `{{x}}` of the system prompt, and those that it has no place for stand before the message.
---@param message string
---@param context llmspell.Table
---@param options? llmspell.CallOptions
---@return string|llmspell.Table
function agent:chat_with_context(message, context, options) end

---Run the agent with these tools and no others, and return what `execute` does.
---
---Raises `tool_not_found` and as `chat` does.
---@param prompt string
---@param tools (llmspell.Tool|string|llmspell.ToolOptions)[]
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:generate_with_tools(prompt, tools, options) end

---Have the model choose functions to call: `{calls, content, usage}`; it is asked once.
---
---A call has `id, name, arguments`, and `faults` where those do not fit its parameters. Functions with `execute`
---are called with arguments that fit, and the call has their `result` or `error`; others are for the script to do.
---@param functions llmspell.FunctionOptions[]
---@param prompt string
---@param options? llmspell.CallOptions
---@return llmspell.Table
function agent:function_calling(functions, prompt, options) end

---Give the system prompt as it was written, with its `{{x}}`.
---@return string
function agent:get_prompt_template() end

---Replace the system prompt from the next request on; raises `validation` for what is no template.
---@param template string
function agent:set_prompt_template(template) end

---Replace the system prompt from the next request on; raises `validation` for what is no template.
---@param template string
function agent:update_system_prompt(template) end

---Write the system prompt with values; raises `validation` naming the first one that is missing.
---@param context? llmspell.Table
---@return string
function agent:render_prompt(context) end

---Give the agent's configuration.
---@return llmspell.Table
function agent:get_config() end

---Change parts of the configuration; they hold from the next request on.
---@param changes llmspell.AgentChanges
function agent:update_config(changes) end

---Offer the agent one more tool, or another agent as one.
---@param tool llmspell.Tool|llmspell.Agent|string|llmspell.ToolOptions
function agent:add_tool(tool) end

---Offer a tool no longer and tell whether it was offered; `"CalculatorTool"` means the tool `calculator`.
---@param tool llmspell.Tool|string
---@return boolean
function agent:remove_tool(tool) end

---List the agent's skills: `{name, description, folder}`.
---@return table<string, string>[]
function agent:list_skills() end

---List the names of the tools the agent is offered.
---@return string[]
function agent:list_tools() end

---Register a hook that sees this agent alone.
---
---`before_execution`, `after_execution` and `on_error` mean the agent's own run.
---@param point string
---@param hook (fun(context: llmspell.Context, proceed: llmspell.Proceed): any)|llmspell.Listener|llmspell.HookSettings
---@return llmspell.Hook
function agent:register_hook(point, hook) end

---Give what its runs took so far: `{agent, usage, cost, own, nested}`.
---
---`own` counts its own requests, `nested` those of each agent that it ran, in the same form; `usage` and `cost`
---(US dollars, as text) are the sum; `cost` is absent where a price is not known.
---@return llmspell.Table
function agent:token_usage() end

---Give what its runs cost so far in US dollars, as text; nothing when nobody knows.
---
---Where answers did not tell their cost, their tokens count by the price of the agent's model.
---@return string|nil
function agent:estimated_cost() end

---Tell how the agent is: `{status = "ready" | "closed", healthy, name, messages, tools}`.
---@return llmspell.Table
function agent:health() end

---End the agent; its hooks are gone with it and its name is free.
function agent:close() end

---End the agent; its hooks are gone with it and its name is free.
function agent:shutdown() end

---A template: its fields can be read, and `create` and `extend` may be called with a dot in every language.
---
---It reads as a table with all that it has of those it extends: `name, description, capabilities, system_prompt,
---tools, tool_capabilities, base_config, settings, workflows, lineage, missing_tools`, and every setting by its own
---name. `config` is a table that can be changed and given to `Template.define`.
---@class llmspell.Template
---@field name string
---@field description string
---@field system_prompt string
---@field [string] any
local template = {}

---Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.
---
---Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
---error. Raises `agent_configuration`, `validation` and `tool_not_found`.
---@param config? llmspell.Table
---@return llmspell.Agent
function template:create(config) end

---Make an agent of it; `config` changes fields and settings of the template, and may have options of agents.
---
---Tools that nobody has are told by `agent:missing_tools()` and in a warning; with `strict = true` they are an
---error. Raises `agent_configuration`, `validation` and `tool_not_found`.
---@param config? llmspell.Table
---@return llmspell.Agent
function template:new(config) end

---Derive a template: `extend("name", {...})` or `extend{name = "name", ...}`; it can be found by that name.
---
---Texts and lists replace those of this one, tables are merged, capabilities and prompt additions are added;
---`additional_tools` adds tools and `remove_tools` takes some away.
---@param name string|llmspell.Table
---@param config? llmspell.Table
---@return llmspell.Template
function template:extend(name, config) end

---Tell whether agents of it can do something.
---@param capability string
---@return boolean
function template:has_capability(capability) end

---Tell whether it is derived from another, also over several.
---@param name string
---@return boolean
function template:inherits_from(name) end

---Write the prompt that an agent of it would have.
---@param config? llmspell.Table
---@return string
function template:prompt(config) end

---A tool that a script holds.
---@class llmspell.Tool
---@field name string
---@field description string
---@field category string
---@field version string
local tool = {}

---Run the tool; `{parameters = {...}}` is accepted for `{...}`.
---
---Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
---`validation`, `permission_denied`, `refused` and what the tool raises.
---@param arguments? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Table
function tool:execute(arguments, options) end

---Run the tool; `{parameters = {...}}` is accepted for `{...}`.
---
---Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
---`validation`, `permission_denied`, `refused` and what the tool raises.
---@param arguments? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Table
function tool:call(arguments, options) end

---Run the tool; `{parameters = {...}}` is accepted for `{...}`.
---
---Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
---`validation`, `permission_denied`, `refused` and what the tool raises.
---@param arguments? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Table
function tool:run(arguments, options) end

---Run the tool; `{parameters = {...}}` is accepted for `{...}`.
---
---Returns `{success=true, result, artifacts, metadata}` with the keys of a result that is a map on top. Raises
---`validation`, `permission_denied`, `refused` and what the tool raises.
---@param arguments? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Table
function tool:invoke(arguments, options) end

---Run the tool and iterate over what it tells while it works; leaving the loop cancels it.
---
---Parts are the tool's own tables; the last one is `{type = "done", ...}` with all that `execute` returns. A tool
---that tells nothing gives that part alone.
---@param arguments? llmspell.Table
---@param options? llmspell.CallOptions
---@return llmspell.Stream
function tool:stream(arguments, options) end

---Give its name.
---@return string
function tool:get_name() end

---Give its sentence for models.
---@return string
function tool:get_description() end

---Give its category.
---@return string
function tool:get_category() end

---Give the JSON Schema of its arguments.
---@return llmspell.Table
function tool:get_input_schema() end

---Give the JSON Schema of its result, nothing when it declares none.
---@return any
function tool:get_output_schema() end

---Give calls that show its use: `{name, args, result}`.
---@return llmspell.Table[]
function tool:get_examples() end

---Give everything known of it, schemas and examples included.
---@return llmspell.Table
function tool:get_metadata() end

---Give everything known of it, schemas and examples included.
---@return llmspell.Table
function tool:describe() end

---Give the definition by which a model is offered the tool: `{name, description, parameters}`.
---@return llmspell.Table
function tool:to_function_definition() end

---Turn a model's call `{name, arguments}` into checked arguments; `arguments` may be a map or JSON text.
---@param call llmspell.Table
---@return llmspell.Table
function tool:parse_call(call) end

---Tell whether this tool's result can be another's input.
---
---It can when an output it declares is an argument of the other, or when the other requires one argument only.
---@param other llmspell.Tool
---@return boolean
function tool:can_chain_with(other) end

---Run this tool, then the other on its result, and return the other's result.
---@param other llmspell.Tool
---@param arguments? llmspell.Table
---@return llmspell.Table
function tool:chain_with(other, arguments) end

---A subscription of this spell.
---@class llmspell.Subscription
---@field pattern string
local subscription = {}

---End the subscription and tell whether it was active.
---@return boolean
function subscription:remove() end

---End the subscription and tell whether it was active.
---@return boolean
function subscription:unsubscribe() end

---End the subscription and tell whether it was active.
---@return boolean
function subscription:cancel() end

---Count: `{matched, filtered, failed, dropped, waiting, active}`.
---@return llmspell.Table
function subscription:stats() end

---The event bus seen through a filter.
---@class llmspell.View
local view = {}

---Subscribe to those events that pass the filter.
---@param pattern string
---@param handler fun(event: llmspell.Event)
---@param options? llmspell.SubscribeOptions
---@return llmspell.Subscription
function view:subscribe(pattern, handler, options) end

---A hook this spell registered.
---@class llmspell.Hook
---@field name string
---@field point string
local hook = {}

---Take the hook away and tell whether it was there.
---@return boolean
function hook:remove() end

---Take the hook away and tell whether it was there.
---@return boolean
function hook:unregister() end

---Count the hook's work: `{name, point, calls, failures, seconds}`; events have no seconds.
---@return llmspell.Table
function hook:stats() end

---What an `around_*` hook wraps.
---@class llmspell.Proceed
local proceed = {}

---Run what is inside and return its output; a context with changed fields changes the call.
---@param context? llmspell.Table
---@return any
function proceed:run(context) end

---Run what is inside and return its output; a context with changed fields changes the call.
---@param context? llmspell.Table
---@return any
function proceed:call(context) end

---A ready-made hook; pass it to `Hooks.register` in place of a function.
---@class llmspell.Listener
local listener = {}

---Give what a collector counted: `{executions, failures, seconds, subjects}`; empty for other listeners.
---@return llmspell.Table
function listener:stats() end

---A suite: what is defined on it belongs to it.
---@class llmspell.Suite
---@field name string
local suite = {}

---Define a suite and give it; `body(suite)` is called at once and defines what is in it.
---@param name string
---@param body? fun(suite: llmspell.Suite)
---@param options? llmspell.SuiteOptions
---@return llmspell.Suite
function suite:suite(name, body, options) end

---Define a suite and give it; `body(suite)` is called at once and defines what is in it.
---@param name string
---@param body? fun(suite: llmspell.Suite)
---@param options? llmspell.SuiteOptions
---@return llmspell.Suite
function suite:describe(name, body, options) end

---Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function suite:test(name, body, options) end

---Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function suite:it(name, body, options) end

---Define a test that does not run.
---@param name string
---@param body? fun(t: llmspell.Case)
function suite:skip(name, body) end

---Define a test; of the file, it and others like it are all that runs.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function suite:only(name, body, options) end

---Call a function before the first test of the suite.
---@param hook fun(t: llmspell.Case)
function suite:before_all(hook) end

---Call `hook(t)` before each test of the suite and of those in it.
---@param hook fun(t: llmspell.Case)
function suite:before_each(hook) end

---Call `hook(t)` before each test of the suite and of those in it.
---@param hook fun(t: llmspell.Case)
function suite:setup(hook) end

---Call `hook(t)` after each test, whether it passed or not.
---@param hook fun(t: llmspell.Case)
function suite:after_each(hook) end

---Call `hook(t)` after each test, whether it passed or not.
---@param hook fun(t: llmspell.Case)
function suite:teardown(hook) end

---Call a function after the last test of the suite.
---@param hook fun(t: llmspell.Case)
function suite:after_all(hook) end

---A test while it runs: what its function gets. Every assertion of `Assert` is a method of it.
---@class llmspell.Case
---@field name string
local case = {}

---End the test without a verdict.
---@param reason? string
function case:skip(reason) end

---Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself.
---@param actual any
---@param expected any
---@param message? string
function case:assert_equals(actual, expected, message) end

---Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself.
---@param actual any
---@param expected any
---@param message? string
function case:assert_equal(actual, expected, message) end

---Check that two values differ somewhere.
---@param actual any
---@param expected any
---@param message? string
function case:assert_not_equals(actual, expected, message) end

---Check that two values differ somewhere.
---@param actual any
---@param expected any
---@param message? string
function case:assert_not_equal(actual, expected, message) end

---Check that two values are one and the same object.
---@param actual any
---@param expected any
---@param message? string
function case:assert_same(actual, expected, message) end

---Check that two values are two objects.
---@param actual any
---@param expected any
---@param message? string
function case:assert_not_same(actual, expected, message) end

---Check that a value is true itself, not only something that counts as true.
---@param value any
---@param message? string
function case:assert_is_true(value, message) end

---Check that a value is true itself, not only something that counts as true.
---@param value any
---@param message? string
function case:assert_true(value, message) end

---Check that a value is false itself.
---@param value any
---@param message? string
function case:assert_is_false(value, message) end

---Check that a value is false itself.
---@param value any
---@param message? string
function case:assert_false(value, message) end

---Check that a value counts as true in the language.
---@param value any
---@param message? string
function case:assert_truthy(value, message) end

---Check that a value counts as false in the language.
---@param value any
---@param message? string
function case:assert_falsy(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function case:assert_is_nil(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function case:assert_nil(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function case:assert_is_null(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function case:assert_is_none(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function case:assert_not_nil(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function case:assert_not_null(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function case:assert_not_none(value, message) end

---Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
---
---`list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
---@param value any
---@param name any
---@param message? string
function case:assert_type(value, name, message) end

---Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
---
---`list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
---@param value any
---@param name any
---@param message? string
function case:assert_is_type(value, name, message) end

---Check that a text has a text in it, a list an equal item, a map a key.
---@param whole any
---@param part any
---@param message? string
function case:assert_contains(whole, part, message) end

---Check that it does not.
---@param whole any
---@param part any
---@param message? string
function case:assert_not_contains(whole, part, message) end

---Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`.
---@param text string
---@param pattern any
---@param message? string
function case:assert_matches(text, pattern, message) end

---Check that a number or text is greater than another.
---@param value any
---@param bound any
---@param message? string
function case:assert_greater_than(value, bound, message) end

---Check that a number or text is greater than another.
---@param value any
---@param bound any
---@param message? string
function case:assert_greater(value, bound, message) end

---Check that a number or text is greater than another or equal.
---@param value any
---@param bound any
---@param message? string
function case:assert_at_least(value, bound, message) end

---Check that a number or text is less than another.
---@param value any
---@param bound any
---@param message? string
function case:assert_less_than(value, bound, message) end

---Check that a number or text is less than another.
---@param value any
---@param bound any
---@param message? string
function case:assert_less(value, bound, message) end

---Check that a number or text is less than another or equal.
---@param value any
---@param bound any
---@param message? string
function case:assert_at_most(value, bound, message) end

---Check that a number is at most `tolerance` away from another.
---@param value number
---@param expected number
---@param tolerance? number
---@param message? string
function case:assert_close_to(value, expected, tolerance, message) end

---Check that a number is at most `tolerance` away from another.
---@param value number
---@param expected number
---@param tolerance? number
---@param message? string
function case:assert_near(value, expected, tolerance, message) end

---Check how many items or keys there are, or how long a text is as the language counts it.
---@param value any
---@param expected integer
---@param message? string
function case:assert_length(value, expected, message) end

---Check how many items or keys there are, or how long a text is as the language counts it.
---@param value any
---@param expected integer
---@param message? string
function case:assert_has_length(value, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function case:assert_throws(work, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function case:assert_raises(work, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function case:assert_error(work, expected, message) end

---Fail.
---@param message? string
function case:assert_fail(message) end

---Stands in for a tool of this run until it is removed or the spell ends.
---@class llmspell.Mock
---@field name string
local mock = {}

---Give the arguments of every call so far, in order.
---@return any[]
function mock:calls() end

---Let the tool itself answer again.
function mock:remove() end

---Let the tool itself answer again.
function mock:restore() end

---A spell that this one loaded: what it exports can be read as fields, and called where it is a function.
---
---`exports` has all of it, `path` and `engine` tell where it comes from. An export named like one of these, or like a
---method, is found in `exports`.
---@class llmspell.Spell
---@field path string
---@field engine string
---@field [string] any
local spell = {}

---End the spell with all it registered and loaded, and tell whether it was open.
---
---Its functions cannot be called any more.
---@return boolean
function spell:close() end

---A spell made of a workflow; it can be cast any number of times.
---@class llmspell.Composed
---@field name string
---@field description string
local composed = {}

---Run it as an operation of its own and return what `workflow:execute` returns.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function composed:cast(given, options) end

---Run it as an operation of its own and return what `workflow:execute` returns.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function composed:execute(given, options) end

---Run it as an operation of its own and return what `workflow:execute` returns.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function composed:run(given, options) end

---A session that a script holds; `info` tells how it is now.
---@class llmspell.Session
---@field id string
---@field name string
local session = {}

---Tell about it: `{id, name, status, suspended, tags, created, used, lifetime, runs}`, times in seconds.
---@return llmspell.Table
function session:info() end

---Give its state: the scope `session` of this session, also in a run that did not join it.
---@return llmspell.State
function session:state() end

---Give all its values by key.
---@return llmspell.Table
function session:values() end

---Put it to rest: no run may join it, and it does not expire. Gives what `info` does.
---@return llmspell.Table
function session:suspend() end

---Make it usable again, also when it has expired. Gives what `info` does.
---@return llmspell.Table
function session:resume() end

---Add tags and list them all.
---@param tags? string
---@return string[]
function session:tag(tags) end

---Take tags away and list those that are left.
---@param tags? string
---@return string[]
function session:untag(tags) end

---Let it expire after another time without a run; never, when none is given.
---@param lifetime? llmspell.Duration
function session:extend(lifetime) end

---Forget it with all its values and their histories; an error while a run uses it.
function session:remove() end

---One scope of the state.
---@class llmspell.State
---@field scope string
local state = {}

---Read a value; `default` when the key is absent.
---@param key string
---@param default? any
---@return any
function state:get(key, default) end

---Write a value and give its version; with `{version = n}` only when the key has that version.
---
---Otherwise it raises `state_conflict`, and nothing is written.
---@param key string
---@param value any
---@param options? llmspell.WriteOptionsGiven
---@return integer
function state:set(key, value, options) end

---Write a value and give its version; with `{version = n}` only when the key has that version.
---
---Otherwise it raises `state_conflict`, and nothing is written.
---@param key string
---@param value any
---@param options? llmspell.WriteOptionsGiven
---@return integer
function state:put(key, value, options) end

---Write several values, all or none, and give their versions.
---@param values llmspell.Table
---@return table<string, integer>
function state:set_many(values) end

---Write several values, all or none, and give their versions.
---@param values llmspell.Table
---@return table<string, integer>
function state:set_batch(values) end

---Write what `change(value, version)` gives and return the entry.
---
---The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
---nothing is an error: it is a `return` forgotten more often than a value.
---@param key string
---@param change fun(value: any, version: integer): any
---@param options? llmspell.UpdateOptions
---@return llmspell.Table
function state:update(key, change, options) end

---Add to a whole number in one step and return it; an absent key counts as 0.
---@param key string
---@param by? integer
---@return integer
function state:increment(key, by) end

---Remove a key and tell whether it was there; its history stays.
---@param key string
---@param options? llmspell.WriteOptionsGiven
---@return boolean
function state:delete(key, options) end

---Remove a key and tell whether it was there; its history stays.
---@param key string
---@param options? llmspell.WriteOptionsGiven
---@return boolean
function state:remove(key, options) end

---Remove the keys with a prefix, all or none, and give their number.
---@param prefix? string
---@return integer
function state:clear(prefix) end

---Tell whether a key is there.
---@param key string
---@return boolean
function state:exists(key) end

---Tell whether a key is there.
---@param key string
---@return boolean
function state:has(key) end

---Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent.
---@param key string
---@return llmspell.Table|nil
function state:entry(key) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function state:list(prefix) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function state:keys(prefix) end

---List the entries, in the order of their keys.
---@param prefix? string
---@return llmspell.Table[]
function state:entries(prefix) end

---List the versions of a key that are kept, the newest first; `[state] history` says how many.
---@param key string
---@param options? llmspell.HistoryOptionsGiven
---@return llmspell.Table[]
function state:history(key, options) end

---Write the value of an older version once more and give the new version.
---@param key string
---@param version integer
---@return integer
function state:revert(key, version) end

---Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
---
---It hears the changes of all runs of this application, not those of other processes. The value is not told: read
---it with `get`.
---@param pattern string
---@param handler fun(change: llmspell.Table)
---@return llmspell.State_subscription
function state:subscribe(pattern, handler) end

---Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
---
---It hears the changes of all runs of this application, not those of other processes. The value is not told: read
---it with `get`.
---@param pattern string
---@param handler fun(change: llmspell.Table)
---@return llmspell.State_subscription
function state:watch(pattern, handler) end

---Give the entries with a prefix as one map, which `import` reads and JSON can say.
---@param prefix? string
---@return llmspell.Table
function state:export(prefix) end

---Write what `export` gave, all or nothing, and give the number of values written.
---@param document llmspell.Table
---@param options? llmspell.ImportOptionsGiven
---@return integer
function state:import(document, options) end

---Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them.
---@param to llmspell.State
---@param options? llmspell.HandOverOptions
---@return string[]
function state:hand_over(to, options) end

---Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.
---
---Copies are made first, and all values change at once or, when a step fails for one, none does
---(`state_migration` names every key).
---@param options llmspell.MigrateOptions
---@return llmspell.Table
function state:migrate(options) end

---Undo the last migration; without `force` it raises `state_migration` when values were written since.
---@param options? llmspell.RollbackOptions
---@return llmspell.Table
function state:rollback(options) end

---Give the number of migration steps that the scope has had.
---@return integer
function state:schema_version() end

---A function that is called when values change.
---@class llmspell.State_subscription
---@field pattern string
local state_subscription = {}

---End the subscription and tell whether it was active.
---@return boolean
function state_subscription:remove() end

---End the subscription and tell whether it was active.
---@return boolean
function state_subscription:unsubscribe() end

---End the subscription and tell whether it was active.
---@return boolean
function state_subscription:cancel() end

---A workflow that a script holds; it can be run any number of times.
---@class llmspell.Workflow
---@field name string
---@field type string
---@field description string
local workflow = {}

---Let no further step begin; those under way go on. Raises `workflow_state` when nothing runs.
function workflow:pause() end

---Let steps begin again; raises `workflow_state` when nothing is paused.
function workflow:resume() end

---End it with the steps that are under way; who waits for it is told `workflow_cancelled`.
---@param reason? string
function workflow:cancel(reason) end

---Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.
---
---`state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
---@return llmspell.Table
function workflow:get_status() end

---Tell how far the run is that began last: `{state, workflow, done, total, current, steps}`.
---
---`state` is `pending` before the first one, then `running`, `paused`, `completed`, `failed` or `cancelled`.
---@return llmspell.Table
function workflow:status() end

---Call `callback(step, output)` after each step; `step` is its record with its `name`.
---@param callback fun(told: llmspell.Table, more: any)
function workflow:on_step_complete(callback) end

---Call `callback(error, step)` when a step has failed, and when the workflow has: `step` has its name then.
---@param callback fun(told: llmspell.Table, more: any)
function workflow:on_error(callback) end

---Call `callback(status)` after each step, with what `get_status` gives.
---@param callback fun(results: llmspell.Table): any
function workflow:on_progress(callback) end

---Call `callback(result)` when it has come to its end.
---@param callback fun(results: llmspell.Table): any
function workflow:on_complete(callback) end

---Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
---
---`output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
---keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
---with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function workflow:execute(given, options) end

---Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
---
---`output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
---keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
---with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function workflow:run(given, options) end

---Run it and return `{success, status, workflow, output, outputs, steps, duration, metadata}`.
---
---`output` is its value, `outputs` has what each step gave by its name, `steps` a record of each; outputs, and the
---keys of an output that is a map, can also be read on top where they do not collide. Raises what a step fails
---with, with `workflow` and `step` in the error's context, and `workflow_cancelled`, `timeout`, `validation`.
---@param given? any
---@param options? llmspell.CallOptions
---@return llmspell.Table
function workflow:invoke(given, options) end

---Do one of its steps by itself, with a workflow's input, and return what it gives; no other step is done.
---
---Raises `workflow_not_found` for none of this name, and what the step fails with.
---@param name string
---@param given? any
---@return any
function workflow:execute_step(name, given) end

---Begin to run it and go on; the run has `wait`, `status`, `pause`, `resume` and `cancel`.
---@param given? any
---@return llmspell.Workflow_run
function workflow:start(given) end

---Make a tool of it, for agents and `Tools.register`: its arguments are the input, its result the output.
---@param options? llmspell.WorkflowToolOptionsGiven
---@return llmspell.Tool
function workflow:as_tool(options) end

---Make an agent of it, which answers by running it, for handoffs, teams and other workflows.
---
---What the agent is told is the input: text, or a table where the text is JSON. Only its steps ask models.
---@param options? llmspell.WorkflowAgentOptionsGiven
---@return llmspell.Agent
function workflow:as_agent(options) end

---Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them.
---@return string
function workflow:mermaid() end

---Draw it as a Mermaid flowchart; after a run its steps have the colour of what came of them.
---@return string
function workflow:to_mermaid() end

---Add a step, at the end or at a position (from 1); a run under way does it, too, when it comes to it.
---
---Raises `workflow_definition` with all that would be wrong then; the workflow stays as it is.
---@param step llmspell.StepOptionsGiven
---@param position? integer
function workflow:add_step(step, position) end

---Remove a step that no other needs, and tell whether it was there; raises `workflow_definition`.
---@param name string
---@return boolean
function workflow:remove_step(name) end

---List its steps: `{name, role, subject, output, depends_on, steps}`, those of phases within it, too.
---@return llmspell.Table[]
function workflow:get_steps() end

---One run of a workflow that goes on beside the script; it ends with the spell.
---@class llmspell.Workflow_run
---@field workflow string
local workflow_run = {}

---Wait for its end and return what `workflow:execute` returns, or raise what that raises.
---@param timeout? llmspell.Duration
---@return llmspell.Table
function workflow_run:wait(timeout) end

---Tell how far it has come; see `workflow.get_status`.
---@return llmspell.Table
function workflow_run:status() end

---Tell how far it has come; see `workflow.get_status`.
---@return llmspell.Table
function workflow_run:get_status() end

---Let no further step begin; those under way go on. Raises `workflow_state` when it does not run.
function workflow_run:pause() end

---Let steps begin again; raises `workflow_state` when it is not paused.
function workflow_run:resume() end

---End it with the steps that are under way; raises `workflow_state` when it is over.
---@param reason? string
function workflow_run:cancel(reason) end

---Models with a prompt, tools, limits and a memory of their conversation.
---@class llmspell.AgentNamespace
Agent = {}

---Fetch a template of agents by name; with a table, define it under this name, see `Template.define`.
---@param name string
---@param config? llmspell.Table
---@return llmspell.Template
function Agent.template(name, config) end

---Fetch a template of agents by name; with a table, define it under this name, see `Template.define`.
---@param name string
---@param config? llmspell.Table
---@return llmspell.Template
function Agent.get_template(name, config) end

---Derive a template from another; see `Template.extend`.
---@param base string|llmspell.Template
---@param name string|llmspell.Table
---@param config? llmspell.Table
---@return llmspell.Template
function Agent.extend(base, name, config) end

---Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file.
---@param config string|llmspell.Table
---@return llmspell.Agent
function Agent.create_from_config(config) end

---Make an agent of `{base_template = "research_agent", customizations = {...}}`, or of a TOML file.
---@param config string|llmspell.Table
---@return llmspell.Agent
function Agent.from_config(config) end

---Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.
---
---Without `provider` and `model` the first provider that is configured answers.
---@param config? llmspell.AgentOptions
---@return llmspell.Agent
function Agent.new(config) end

---Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.
---
---Without `provider` and `model` the first provider that is configured answers.
---@param config? llmspell.AgentOptions
---@return llmspell.Agent
function Agent.create(config) end

---Give the agent of this name, the newest one. Raises `agent_not_found` with the nearest names.
---@param name string
---@return llmspell.Agent
function Agent.get(name) end

---Run an agent by name; see `agent:execute`.
---@param name string|llmspell.Agent
---@param given llmspell.ExecuteOptionsGiven
---@param options? llmspell.ExecuteOptionsGiven
---@return llmspell.Table
function Agent.execute(name, given, options) end

---Find agents of this spell that have all of these capabilities, and any of these words; best match first.
---@param options? llmspell.FindOptionsGiven
---@return llmspell.Agent[]
function Agent.find(options) end

---List the agents that have a name.
---@return llmspell.Agent[]
function Agent.list() end

---Templates of agents: prompts, settings, tools and workflows from which agents are made.
---
---Those that a spell defines come first, then those that `llmspell template install` keeps, then those of plugins.
---@class llmspell.TemplateNamespace
Template = {}

---Fetch a template by name, alias or `plugin:name`. Raises `component_not_found` with the nearest names.
---@param name string
---@return llmspell.Template
function Template.get(name) end

---List the templates by name; one that is wrong is left out and warned of.
---@return llmspell.Template[]
function Template.list() end

---Find templates by what their agents can do, and by text.
---@param options? llmspell.FindOptionsGiven
---@return llmspell.Template[]
function Template.find(options) end

---Find templates by what their agents can do, and by text.
---@param options? llmspell.FindOptionsGiven
---@return llmspell.Template[]
function Template.discover(options) end

---Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.
---
---It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
---that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
---@param name string|llmspell.Table
---@param config? llmspell.Table
---@return llmspell.Template
function Template.define(name, config) end

---Define a template for this spell: `define("name", {...})` or `define{name = "name", ...}`.
---
---It counts instead of one of that name that is installed; `extends` names another that it is derived from. Keys
---that are no fields are settings, for the prompt. Raises `agent_configuration` with every fault.
---@param name string|llmspell.Table
---@param config? llmspell.Table
---@return llmspell.Template
function Template.register(name, config) end

---Derive a template from another; see `template.extend`.
---@param base string|llmspell.Template
---@param name string|llmspell.Table
---@param config? llmspell.Table
---@return llmspell.Template
function Template.extend(base, name, config) end

---Make an agent of a template; see `template.create`.
---@param name string|llmspell.Template
---@param config? llmspell.Table
---@return llmspell.Agent
function Template.create(name, config) end

---Define the template of a TOML file, which needs `fs.read`.
---
---Raises `agent_configuration` with the line of each fault.
---@param path string
---@return llmspell.Template
function Template.load(path) end

---Check the text of a TOML file, or a table: `{valid, faults}`, each fault with `path, message` and `line`.
---@param template string|llmspell.Table
---@return llmspell.Table
function Template.validate(template) end

---What providers can besides chat: vectors of texts, the list of their models, fetching one, counting tokens.
---
---Each call is a `provider_call` operation. Who is not named is chosen: the default provider, else the first
---configured one that can. One that cannot is an error of type `capability_missing`, which names those that can.
---@class llmspell.ModelsNamespace
Models = {}

---List providers, all or those with a capability: `{name, aliases, description, capabilities, configured}`.
---
---Capabilities are among `text, tools, tool_choice, json_schema, json_schema_with_tools, images, audio, files,
---reasoning, embeddings, models, pull, count_tokens`.
---@param capability? string
---@return llmspell.Table[]
function Models.providers(capability) end

---List the models that a provider has: `{name, provider, capabilities, context, data}`.
---
---`context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
---tell. `data` is what it said.
---@param provider? string
---@return llmspell.Table[]
function Models.list(provider) end

---List the models that a provider has: `{name, provider, capabilities, context, data}`.
---
---`context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
---tell. `data` is what it said.
---@param provider? string
---@return llmspell.Table[]
function Models.models(provider) end

---Turn texts into vectors: `{vectors, model, provider, dimensions, usage}`, one vector for each text, in order.
---
---For a single text (not a list) there is `vector`, too.
---@param texts string|string[]
---@param options? llmspell.EmbedOptionsGiven
---@return llmspell.Table
function Models.embed(texts, options) end

---Fetch a model to where it runs and return when it can be asked.
---
---How far it is goes to `on_progress`, and to whoever subscribes to `progress`. Raises `model_not_found` when
---nobody has it.
---@param model string
---@param options? llmspell.PullOptionsGiven
function Models.pull(model, options) end

---Count the tokens that a provider would charge for a text, or for messages `{role, content}`, as input.
---@param text string|llmspell.Table[]
---@param options? llmspell.CountOptionsGiven
---@return integer
function Models.count_tokens(text, options) end

---Tools written in the script.
---@class llmspell.ToolNamespace
Tool = {}

---Make a tool of a function; pass it to agents, or `Tools.register` it for use by name.
---@param config llmspell.ToolOptions
---@return llmspell.Tool
function Tool.new(config) end

---Make a tool of a function; pass it to agents, or `Tools.register` it for use by name.
---@param config llmspell.ToolOptions
---@return llmspell.Tool
function Tool.create(config) end

---The catalogue of tools: those of plugins and those this spell registered.
---
---`Tools.web_search` (or `Tools.webSearch`) is short for `Tools.get("web_search")`; `CalculatorTool.new{...}` builds a
---variant of a tool with options and preset arguments of its own.
---@class llmspell.ToolsNamespace
---@field agent_finder llmspell.Tool
---@field base64_encoder llmspell.Tool
---@field calculator llmspell.Tool
---@field date_time_handler llmspell.Tool
---@field diff_calculator llmspell.Tool
---@field directory_lister llmspell.Tool
---@field file_archiver llmspell.Tool
---@field file_converter llmspell.Tool
---@field file_metadata llmspell.Tool
---@field file_reader llmspell.Tool
---@field file_search llmspell.Tool
---@field file_system llmspell.Tool
---@field file_watcher llmspell.Tool
---@field file_writer llmspell.Tool
---@field hash_calculator llmspell.Tool
---@field template_processor llmspell.Tool
---@field text_manipulator llmspell.Tool
---@field uuid_generator llmspell.Tool
---@field [string] llmspell.Tool
Tools = {}

---Fetch a tool by name, alias or `plugin:name`. Raises `tool_not_found` with the nearest names.
---@param name string
---@return llmspell.Tool
function Tools.get(name) end

---List tools, all or those of one category.
---@param category? string
---@return llmspell.Tool[]
function Tools.list(category) end

---Find tools by words of their name and description, best match first.
---@param query string
---@return llmspell.Tool[]
function Tools.search(query) end

---Find tools by capability, category, text and version.
---@param options? llmspell.DiscoverOptionsGiven
---@return llmspell.Tool[]
function Tools.discover(options) end

---List the tools of one category.
---@param category string
---@return llmspell.Tool[]
function Tools.get_by_category(category) end

---Make a tool of a function: `Tools.create("name", {execute=...})` or `Tools.create{name=..., execute=...}`.
---@param name string|llmspell.NamedToolOptions
---@param config? llmspell.NamedToolOptions
---@return llmspell.Tool
function Tools.create(name, config) end

---Make one tool of several that run one after the other.
---
---It is a workflow: its steps may be all that those of a workflow are. Its result has each step's `output` by
---name, and the last one as `output`. Raises `workflow_definition` with everything that is wrong; what a step
---raises has `pipeline` and `step` in its context.
---@param options llmspell.PipelineOptions
---@return llmspell.Tool
function Tools.create_pipeline(options) end

---Make a tool of this script available by name until the spell ends. Raises `name_clash` for a name in use.
---@param tool llmspell.Tool|llmspell.ToolOptions
---@return llmspell.Tool
function Tools.register(tool) end

---Withdraw a tool this spell registered and tell whether it was there.
---@param tool llmspell.Tool|string
---@return boolean
function Tools.unregister(tool) end

---What happened, told to whoever listens. docs/reference/events.md lists what the kernel emits.
---
---A handler gets `{type, name, data, timestamp, sequence, run, source}`; keys of `data` can be read on top where they
---do not collide. The data of a failure has `error` and, of it, `error_type`, `message` and `retry_after`. What a
---handler returns means nothing; a coroutine or promise it returns is run. Handlers see the events of their own run.
---@class llmspell.EventsNamespace
Events = {}

---Call a function for each event whose name matches: `"agent_error"`, `"tool_*"`, `"*"`.
---@param pattern string
---@param handler fun(event: llmspell.Event)
---@param options? llmspell.SubscribeOptions
---@return llmspell.Subscription
function Events.subscribe(pattern, handler, options) end

---End a subscription: its handle, or its pattern and handler. Tells whether there was one.
---@param subscription llmspell.Subscription|string
---@param handler? fun(event: llmspell.Event)
---@return boolean
function Events.unsubscribe(subscription, handler) end

---Tell everybody: `Events.emit("name", {...})` or `Events.emit{type = "name", data = {...}}`.
---@param event string|llmspell.EmittedEvent
---@param data? llmspell.Table
function Events.emit(event, data) end

---Tell everybody without waiting for full queues.
---@param event string|llmspell.EmittedEvent
---@param data? llmspell.Table
function Events.emit_sync(event, data) end

---See the bus through a filter: a function of the event, or fields that must be equal.
---@param predicate (fun(event: llmspell.Event): boolean)|llmspell.Table
---@return llmspell.View
function Events.filter(predicate) end

---Iterate over the remembered events of this run, oldest first: what options choose, or between two moments.
---@param options? llmspell.ReplayOptionsGiven|number|any
---@param until_? any
---@return llmspell.Stream
function Events.replay(options, until_) end

---Wait until the events so far have been handled, and tell whether they were in time.
---
---Handlers run beside the spell: call this before reading what they gathered. Within a handler it waits in vain.
---@param timeout? llmspell.Duration
---@return boolean
function Events.flush(timeout) end

---Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions.
---@return llmspell.Table
function Events.stats() end

---Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions.
---@return llmspell.Table
function Events.get_stats() end

---Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions.
---@return llmspell.Table
function Events.statistics() end

---Wait; a bare number is seconds (milliseconds in JavaScript).
---@param duration llmspell.Duration
function Events.sleep(duration) end

---Functions around what agents, models, tools and stores do. docs/reference/hooks.md lists the points.
---
---A hook gets a context table. Before an operation it may return nothing (no opinion), the context with changed
---fields, or `{refuse = "reason"}`; after it nothing or the context with a changed `output`; on an error nothing or a
---value to use instead. Around an operation it gets `(context, proceed)` and calls `proceed:run()`. Anything else is
---an error, and a hook that raises fails the operation.
---@class llmspell.HooksNamespace
Hooks = {}

---Register a hook for this spell, as a function or `{handler=, priority=, when=, mode=, timeout=, name=, ...}`.
---
---Raises `hook_not_found` with the nearest points, `hook_priority`, `hook_dependency`.
---@param point string
---@param hook (fun(context: llmspell.Context, proceed: llmspell.Proceed): any)|llmspell.Listener|llmspell.HookSettings
---@return llmspell.Hook
function Hooks.register(point, hook) end

---Take a hook away: its handle, or its point and name. Tells whether it was there.
---@param hook llmspell.Hook|string
---@param name? string|llmspell.Hook
---@return boolean
function Hooks.unregister(hook, name) end

---List the hooks of this spell, all or those at one point.
---@param point? string
---@return llmspell.Hook[]
function Hooks.list(point) end

---Make a hook that notes every operation it is registered for.
---@param options? llmspell.LoggerOptions
---@return llmspell.Listener
function Hooks.create_logger(options) end

---Make a hook that counts operations, failures and seconds; register it at `after_*` and `*_error`.
---@param options? llmspell.CollectorOptions
---@return llmspell.Listener
function Hooks.create_metrics_collector(options) end

---Make a hook that refuses operations whose input does not fit a JSON Schema; register it at `before_*`.
---@param schema llmspell.Table
---@return llmspell.Listener
function Hooks.create_validator(schema) end

---Make a hook that sends the input (before) or the output (after) through a function.
---@param transformer fun(value: any): any
---@return llmspell.Listener
function Hooks.create_transformer(transformer) end

---List the names of all hook points.
---@return string[]
function Hooks.points() end

---Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`.
---@return llmspell.Table
function Hooks.stats() end

---Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`.
---@return llmspell.Table
function Hooks.get_stats() end

---Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`.
---@return llmspell.Table
function Hooks.statistics() end

---Give what the hooks of plugins that are switched on part by part have counted: `{retry = ..., budget = ...}`.
---
---They count for the whole process; a part that is off is not there.
---@return llmspell.Table
function Hooks.parts() end

---Settings of this application, with secrets masked, and values of this run.
---
---`set` changes what this run reads, nothing else: `providers.default` chooses the provider of agents made without
---one, other values are the spell's own. `configure_*` takes effect for the rest of the run, and gives a spell less
---than it had, never more.
---@class llmspell.ConfigNamespace
Config = {}

---Read a value by its dotted key (`providers.default`); `default` when there is none.
---@param key string
---@param default? any
---@return any
function Config.get(key, default) end

---Set a value for this run. Raises `permission_denied` for a section that decides what the spell may do.
---@param key string
---@param value any
function Config.set(key, value) end

---List the dotted keys that have a value, all or those below a prefix.
---@param prefix? string
---@return string[]
function Config.list(prefix) end

---List the dotted keys that have a value, all or those below a prefix.
---@param prefix? string
---@return string[]
function Config.keys(prefix) end

---Give a provider's section, secrets masked; raises `component_not_found` for a provider nobody installed.
---@param provider string
---@return llmspell.Table
function Config.get_provider_config(provider) end

---Say with what the agents of a provider are made from now on; raises `component_not_found`.
---
---Keys and addresses are the application's: they are refused.
---@param provider string
---@param config llmspell.ProviderOptions
function Config.configure_provider(provider, config) end

---Tell what this spell may do: its rights, as they were granted.
---@return llmspell.Table
function Config.get_security_config() end

---Give up rights for the rest of the run. Raises `permission_denied` for one that was never granted.
---@param config llmspell.SecurityOptions
function Config.configure_security(config) end

---Tell what this spell may use: seconds, bytes, and calls at a time; nothing where there is no limit.
---@return llmspell.Table
function Config.get_resource_config() end

---Lower limits of this run. Raises `permission_denied` for one that is more than the spell has.
---@param config llmspell.ResourceLimits
function Config.configure_resources(config) end

---Tell what is noted of this spell: `{level}`.
---@return llmspell.Table
function Config.get_observability_config() end

---Choose what is noted of this spell.
---@param config llmspell.ObservabilityOptions
function Config.configure_observability(config) end

---Values under text keys, in the spell's own namespace. Each write is a `state_write` operation.
---
---Values are what JSON can say. A value of nothing is kept as nothing: `exists` tells it from an absent key.
---@class llmspell.StorageNamespace
Storage = {}

---Read a value; `default` when the key is absent.
---@param key string
---@param default? any
---@return any
function Storage.get(key, default) end

---Write a value.
---@param key string
---@param value any
function Storage.set(key, value) end

---Write a value.
---@param key string
---@param value any
function Storage.put(key, value) end

---Remove a key and tell whether it was there.
---@param key string
---@return boolean
function Storage.delete(key) end

---Remove a key and tell whether it was there.
---@param key string
---@return boolean
function Storage.remove(key) end

---Tell whether a key is there.
---@param key string
---@return boolean
function Storage.exists(key) end

---Tell whether a key is there.
---@param key string
---@return boolean
function Storage.has(key) end

---Add to a whole number in one step and return it; an absent key counts as 0.
---@param key string
---@param by? integer
---@return integer
function Storage.increment(key, by) end

---Change members of the map at a key in one step and return it; maps within it are merged, too.
---
---An absent key counts as an empty map; a member that is null is removed (a Lua table cannot hold one).
---@param key string
---@param changes llmspell.Table
---@return llmspell.Table
function Storage.merge(key, changes) end

---Read several keys; absent ones are left out.
---@param keys string[]
---@return llmspell.Table
function Storage.get_batch(keys) end

---Write several values, all or none.
---@param values llmspell.Table
function Storage.set_batch(values) end

---Remove several keys, all or none.
---@param keys string[]
function Storage.delete_batch(keys) end

---Apply steps `{type = "set", key, value}` and `{type = "delete", key}` in order, all or none.
---@param operations llmspell.StoreOperation[]
function Storage.transaction(operations) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function Storage.list(prefix) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function Storage.keys(prefix) end

---Give the pairs for which `predicate(key, value)` is true.
---@param predicate fun(key: string, value: any): boolean
---@param prefix? string
---@return llmspell.Table
function Storage.query(predicate, prefix) end

---Remove every key of the spell, or those with a prefix, and give their number.
---@param prefix? string
---@return integer
function Storage.clear(prefix) end

---Count `{keys, bytes}` of the spell's namespace.
---@return llmspell.Table
function Storage.stats() end

---Values with versions, in scopes: `run` (until it ends), `session`, `agent`, `shared`, `process`.
---
---The functions of the namespace work in the session's scope when the run has a session (`run --session`), else in
---that of the run; `State.scope` gives the others. Values are what JSON can say. Each write is a `state_write`
---operation with the right `state.write` for `state:<scope>/<key>`, durable when it returns; reading needs
---`state.read`.
---@class llmspell.StateNamespace
State = {}

---Read a value; `default` when the key is absent.
---@param key string
---@param default? any
---@return any
function State.get(key, default) end

---Write a value and give its version; with `{version = n}` only when the key has that version.
---
---Otherwise it raises `state_conflict`, and nothing is written.
---@param key string
---@param value any
---@param options? llmspell.WriteOptionsGiven
---@return integer
function State.set(key, value, options) end

---Write a value and give its version; with `{version = n}` only when the key has that version.
---
---Otherwise it raises `state_conflict`, and nothing is written.
---@param key string
---@param value any
---@param options? llmspell.WriteOptionsGiven
---@return integer
function State.put(key, value, options) end

---Write several values, all or none, and give their versions.
---@param values llmspell.Table
---@return table<string, integer>
function State.set_many(values) end

---Write several values, all or none, and give their versions.
---@param values llmspell.Table
---@return table<string, integer>
function State.set_batch(values) end

---Write what `change(value, version)` gives and return the entry.
---
---The function is asked again when somebody else wrote the key meanwhile, so it should do nothing else. Giving
---nothing is an error: it is a `return` forgotten more often than a value.
---@param key string
---@param change fun(value: any, version: integer): any
---@param options? llmspell.UpdateOptions
---@return llmspell.Table
function State.update(key, change, options) end

---Add to a whole number in one step and return it; an absent key counts as 0.
---@param key string
---@param by? integer
---@return integer
function State.increment(key, by) end

---Remove a key and tell whether it was there; its history stays.
---@param key string
---@param options? llmspell.WriteOptionsGiven
---@return boolean
function State.delete(key, options) end

---Remove a key and tell whether it was there; its history stays.
---@param key string
---@param options? llmspell.WriteOptionsGiven
---@return boolean
function State.remove(key, options) end

---Remove the keys with a prefix, all or none, and give their number.
---@param prefix? string
---@return integer
function State.clear(prefix) end

---Tell whether a key is there.
---@param key string
---@return boolean
function State.exists(key) end

---Tell whether a key is there.
---@param key string
---@return boolean
function State.has(key) end

---Read a value with its version: `{key, value, version, updated, deleted}`, nothing when it is absent.
---@param key string
---@return llmspell.Table|nil
function State.entry(key) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function State.list(prefix) end

---List the keys, in order.
---@param prefix? string
---@return string[]
function State.keys(prefix) end

---List the entries, in the order of their keys.
---@param prefix? string
---@return llmspell.Table[]
function State.entries(prefix) end

---List the versions of a key that are kept, the newest first; `[state] history` says how many.
---@param key string
---@param options? llmspell.HistoryOptionsGiven
---@return llmspell.Table[]
function State.history(key, options) end

---Write the value of an older version once more and give the new version.
---@param key string
---@param version integer
---@return integer
function State.revert(key, version) end

---Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
---
---It hears the changes of all runs of this application, not those of other processes. The value is not told: read
---it with `get`.
---@param pattern string
---@param handler fun(change: llmspell.Table)
---@return llmspell.State_subscription
function State.subscribe(pattern, handler) end

---Call a function for each change of a key that matches: `handler({key, version, deleted, scope, owner, run})`.
---
---It hears the changes of all runs of this application, not those of other processes. The value is not told: read
---it with `get`.
---@param pattern string
---@param handler fun(change: llmspell.Table)
---@return llmspell.State_subscription
function State.watch(pattern, handler) end

---Give the entries with a prefix as one map, which `import` reads and JSON can say.
---@param prefix? string
---@return llmspell.Table
function State.export(prefix) end

---Write what `export` gave, all or nothing, and give the number of values written.
---@param document llmspell.Table
---@param options? llmspell.ImportOptionsGiven
---@return integer
function State.import(document, options) end

---Copy the keys that `{include, exclude}` choose to another scope, all or none, and list them.
---@param to llmspell.State
---@param options? llmspell.HandOverOptions
---@return string[]
function State.hand_over(to, options) end

---Bring all values through the steps that they have not had: `{from, to, changed, unchanged, dry_run}`.
---
---Copies are made first, and all values change at once or, when a step fails for one, none does
---(`state_migration` names every key).
---@param options llmspell.MigrateOptions
---@return llmspell.Table
function State.migrate(options) end

---Undo the last migration; without `force` it raises `state_migration` when values were written since.
---@param options? llmspell.RollbackOptions
---@return llmspell.Table
function State.rollback(options) end

---Give the number of migration steps that the scope has had.
---@return integer
function State.schema_version() end

---Give one scope: `State.scope("shared")`, `State.scope("agent", "researcher")`.
---
---`owner` is the name of an agent of this spell, or the id of a session that is not the run's own.
---@param name string
---@param owner? string
---@return llmspell.State
function State.scope(name, owner) end

---Count what memory holds of the store's values: `{heads, packed, bytes, compressions, evictions}`.
---@return llmspell.Table
function State.stats() end

---What several runs have in common: values, a name, tags. A run joins one with `run --session` or `Session.join`.
---
---Then `State` is the session's. It outlives the runs, can be suspended and resumed, and expires when no run used it
---for longer than its lifetime; an expired one loses nothing until it is purged.
---@class llmspell.SessionNamespace
Session = {}

---Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`.
---@param options? llmspell.SessionOptionsGiven
---@return llmspell.Session
function Session.create(options) end

---Make a session: `Session.create{name = "trip", tags = {"travel"}, values = {...}, lifetime = "7d"}`.
---@param options? llmspell.SessionOptionsGiven
---@return llmspell.Session
function Session.new(options) end

---Find a session by its id or name; raises `session_not_found`.
---@param id_or_name string
---@return llmspell.Session
function Session.open(id_or_name) end

---Find a session by its id or name; raises `session_not_found`.
---@param id_or_name string
---@return llmspell.Session
function Session.get(id_or_name) end

---List sessions, the last used first, as `info` tells about each.
---@param options? llmspell.SessionFilter
---@return llmspell.Table[]
function Session.list(options) end

---Give the session of this run, nothing when it has none.
---@return llmspell.Session|nil
function Session.current() end

---Make this run part of a session until it ends: `State` is the session's from now on.
---
---Raises `session` when it is suspended or has expired, or when the run belongs to another one.
---@param id_or_name string
---@return llmspell.Session
function Session.join(id_or_name) end

---Remove the sessions that have expired and were not used for so long, and list their ids.
---@param idle? llmspell.Duration
---@return string[]
function Session.purge(idle) end

---What durable runs did: those of `run --durable`, whose logs lie in the user's folder.
---
---A spell knows its own runs: those of a spell of its name in its folder. It knows the others when it may read the
---files of their logs (`--allow-read`). What an earlier run was told is private, and what it was answered comes from
---outside.
---@class llmspell.RunsNamespace
Runs = {}

---Tell about this run: `{id, name, durable, started, parent}`; `parent` is `[id, record]` in a fork.
---@return any
function Runs.current() end

---List the runs that this one knows, the latest first: `{id, name, status, started, changed, records}` each.
---@param options? llmspell.RunsFilter
---@return any
function Runs.list(options) end

---Tell about a run, named by its id or the beginning of one: `{run, totals, uncertain}`.
---
---Raises `run_not_found`, also for one that this run may not know.
---@param id string
---@return any
function Runs.get(id) end

---Tell what a run did, as `llmspell runs trace --json` does: `{trace, run, totals, operations}`.
---
---Raises `run_not_found`, also for one that this run may not know.
---@param id string
---@param options? llmspell.TraceOptions
---@return any
function Runs.trace(id, options) end

---Steps of agents, tools, functions and other workflows, in an order, side by side, by conditions, in rounds.
---
---A step names who does it (`agent`, `tool`, `workflow`, `run`, or `steps` of its own), what it is given (`input`) and
---what its result is called (`output`). Texts may hold `{{x}}`: an output, a key of the input, `input.x`,
---`steps.name`, `previous`. Kinds are plugins; those that are named here come with llmspell-workflows.
---@class llmspell.WorkflowNamespace
Workflow = {}

---Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.
---
---Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
---plugin brings.
---@param kind string|llmspell.WorkflowOptions
---@param options? llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.new(kind, options) end

---Make a workflow of any kind: `Workflow.create("graph", {...})`, or `{type = "graph", ...}`.
---
---Raises `workflow_definition` with everything that is wrong with it, and `component_not_found` for a kind that no
---plugin brings.
---@param kind string|llmspell.WorkflowOptions
---@param options? llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.create(kind, options) end

---Make a workflow of steps one after the other; its value is that of the last one.
---@param options llmspell.WorkflowOptions|llmspell.StepOptionsGiven[]
---@return llmspell.Workflow
function Workflow.sequential(options) end

---Make a workflow of steps side by side; its value is put together of all (`aggregation`).
---
---Without `fail_fast` all come to their ends; then all must have given something, or `require_minimum` of them.
---@param options llmspell.WorkflowOptions|llmspell.StepOptionsGiven[]
---@param more? llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.parallel(options, more) end

---Make a workflow that does `if_true` or `if_false`, or the first of `branches` whose `condition` holds.
---@param options llmspell.WorkflowOptions|(fun(context: llmspell.Table): boolean|nil)|string
---@param if_true? llmspell.StepOptionsGiven
---@param if_false? llmspell.StepOptionsGiven
---@return llmspell.Workflow
function Workflow.conditional(options, if_true, if_false) end

---Make a workflow of rounds: while a `condition` holds, `until` one does, for each of `items`, or `count`.
---@param options llmspell.WorkflowOptions|(fun(context: llmspell.Table): boolean|nil)|string
---@param body? llmspell.StepOptionsGiven
---@param more? llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.loop(options, body, more) end

---Make a workflow of steps for each of `items`, side by side; its value is the list of what they gave.
---@param options llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.fan_out(options) end

---Make a workflow of a step `map` for each of `items`, side by side, and a step `reduce` for the `results`.
---@param options llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.map_reduce(options) end

---Make a workflow that passes what a step gives to the next; with `items` each of them goes through all.
---@param options llmspell.WorkflowOptions|llmspell.StepOptionsGiven[]
---@return llmspell.Workflow
function Workflow.pipeline(options) end

---Make a workflow of steps that begin when those of their `depends_on` are done; circles are refused.
---@param options llmspell.WorkflowOptions|llmspell.StepOptionsGiven[]
---@return llmspell.Workflow
function Workflow.graph(options) end

---Make a sequential workflow whose steps are taken back (`compensate`), the last first, when one fails.
---@param options llmspell.WorkflowOptions|llmspell.StepOptionsGiven[]
---@return llmspell.Workflow
function Workflow.saga(options) end

---Make a workflow of a function `execute(context, run)`; `run(name, input)` does a step and gives its value.
---@param options llmspell.WorkflowOptions|(fun(context: llmspell.Table, run: fun(name: string, input: any): any): any)
---@return llmspell.Workflow
function Workflow.custom(options) end

---Make a workflow by a named pattern: `Workflow.from_pattern("review_loop", {writer = ..., reviewer = ...})`.
---
---`Workflow.patterns()` says which there are and what each needs; a part is an agent, tool, workflow, function, or
---a table as of a step. Raises `workflow_not_found`, `validation`, and `workflow_definition`.
---@param name string
---@param options llmspell.Table
---@return llmspell.Workflow
function Workflow.from_pattern(name, options) end

---List the named patterns: `{name, description, needs, takes}`.
---@return llmspell.Table[]
function Workflow.patterns() end

---Keep the options of a workflow, with a `type`, as a template, of which `Workflow.from_template` makes one.
---@param name string
---@param options llmspell.WorkflowOptions
function Workflow.define(name, options) end

---Make a workflow of a template, with changes: options, and steps by name; `remove_steps` leaves some out.
---
---Raises `workflow_not_found`, and `workflow_definition` with everything that is wrong with it.
---@param name string
---@param changes? llmspell.WorkflowOptions
---@return llmspell.Workflow
function Workflow.from_template(name, changes) end

---Make a graph that does what is required, each part by an agent that has its `capabilities`.
---
---Of several agents the one with least to do is taken. Raises `workflow_definition` with every requirement that
---nobody meets, and with all else that is wrong.
---@param options llmspell.GenerateOptions
---@return llmspell.Workflow
function Workflow.generate(options) end

---Change a workflow, also while it runs: `{modification = "none" | "minor" | "major", added, replaced, ...}`.
---
---Steps that have begun stay as they are: changing them is an error of type `workflow_state`. Raises
---`workflow_not_found` for a step that is not there, and `workflow_definition`; nothing has changed then.
---@param workflow string|llmspell.Workflow
---@param changes llmspell.AdaptOptions
---@return llmspell.Table
function Workflow.adapt(workflow, changes) end

---Give the workflow of this name, the newest one. Raises `workflow_not_found` with the nearest name.
---@param name string
---@return llmspell.Workflow
function Workflow.get(name) end

---List the workflows that have a name.
---@return llmspell.Workflow[]
function Workflow.list() end

---List the kinds of workflows that are installed: `{name, description, plugin}`.
---@return llmspell.Table[]
function Workflow.kinds() end

Workflow.Sequential = Workflow.sequential

Workflow.Parallel = Workflow.parallel

Workflow.Conditional = Workflow.conditional

Workflow.Loop = Workflow.loop

Workflow.FanOut = Workflow.fan_out

Workflow.MapReduce = Workflow.map_reduce

Workflow.Pipeline = Workflow.pipeline

Workflow.Graph = Workflow.graph

Workflow.Saga = Workflow.saga

Workflow.Custom = Workflow.custom

---Spells of any language as parts of this one, each in a context of its own, all in one run.
---@class llmspell.SpellNamespace
Spell = {}

---Run a spell of any language from the folder of this one, and give what it exports.
---
---`path` is relative to the folder of the first spell. A Lua spell exports what it returns, a JavaScript spell its
---`exports`, a Python spell its public functions and values. Loading a file again makes another one. Raises
---`security` for a path out of the folder, `resource_unavailable` for no such file, `component_not_found` for no
---engine, `runtime` for files that load each other, `resource_exhausted` past 8 in a row or 16 at a time, and what
---the spell raises.
---@param path string
---@param options? llmspell.LoadOptions
---@return llmspell.Spell
function Spell.load(path, options) end

---Make a spell of a workflow, with an error strategy and resources for all of its steps; `cast` runs it.
---
---Raises `workflow_definition` with everything that is wrong with it.
---@param options llmspell.CreateOptions
---@return llmspell.Composed
function Spell.create(options) end

---Notes for whoever runs the spell; they go to the log and out as `log` events. Nothing waits for them.
---
---`print`, `log`, `trace`, `debug`, `info` and `warn` are globals too; Lua's global `error` stays Lua's.
---@class llmspell.LogNamespace
Log = {}

---Write values to standard output, separated by tabs.
---@param values? any
function Log.print(values) end

---Note a message at a level: `trace`, `debug`, `info`, `warn` or `error`.
---@param level string
---@param message any
---@param metadata? llmspell.Table
function Log.log(level, message, metadata) end

---Note the finest detail.
---@param message any
---@param metadata? llmspell.Table
function Log.trace(message, metadata) end

---Note something that helps to find a fault.
---@param message any
---@param metadata? llmspell.Table
function Log.debug(message, metadata) end

---Note what happens.
---@param message any
---@param metadata? llmspell.Table
function Log.info(message, metadata) end

---Note what should not happen but does no harm.
---@param message any
---@param metadata? llmspell.Table
function Log.warn(message, metadata) end

---Note what should not happen but does no harm.
---@param message any
---@param metadata? llmspell.Table
function Log.warning(message, metadata) end

---Note a failure; it raises nothing.
---@param message any
---@param metadata? llmspell.Table
function Log.error(message, metadata) end

---Waiting, and work side by side. Numbers are milliseconds here, in every language.
---
---A *job* is a function (Lua, Python), a coroutine (Lua) or a promise (JavaScript).
---@class llmspell.AsyncNamespace
Async = {}

---Wait.
---@param duration llmspell.Milliseconds
function Async.sleep(duration) end

---Run a coroutine to its end and return its value; what it yields is driven on the way.
---@param job any
---@return any
function Async.run(job) end

---Run jobs side by side and return their values in order; the first error is raised.
---@param jobs table<any, any>
---@return table<any, any>
function Async.all(jobs) end

---Run jobs side by side and return the value of the first to end.
---@param jobs table<any, any>
---@return any
function Async.race(jobs) end

---Run jobs side by side and return `{status="fulfilled", value}` or `{status="rejected", reason}` for each.
---@param jobs table<any, any>
---@return table<any, llmspell.Table>
function Async.all_settled(jobs) end

---Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled.
---@param job any
---@param duration number|string
---@return any
function Async.timeout(job, duration) end

---Run a job and raise an error of type `timeout` when it takes longer; its outstanding calls are cancelled.
---@param job any
---@param duration number|string
---@return any
function Async.with_timeout(job, duration) end

---Call a function again when it raises: `{attempts=3, delay=0, backoff=2, max_delay=30000}`, or a number.
---@param operation fun(attempt: integer): any
---@param options? llmspell.RetryOptions|integer
---@return any
function Async.retry(operation, options) end

---Call a function again when it raises, so many times after the first.
---@param operation fun(attempt: integer): any
---@param retries? integer
---@return any
function Async.with_retry(operation, retries) end

---Call `operation(resource)` and close the resource afterwards, whatever happened.
---@param resource any
---@param operation fun(resource: any): any
---@return any
function Async.with_resource(resource, operation) end

---Run a function later; it is cancelled when the spell ends first.
---@param duration number|string
---@param job llmspell.Job
---@return llmspell.Timer
function Async.schedule(duration, job) end

---Let other jobs of this spell go on.
function Async.yield() end

---Let other jobs go on for a while.
---@param duration number|string
function Async.yield_for(duration) end

---Let other jobs go on until a function returns true.
---@param condition fun(): any
---@param options? llmspell.WaitOptions
function Async.yield_until(condition, options) end

---Reading errors, and ways to recover from them.
---
---An error is a table `{type, code, message, recoverable, retryable, retry_after, suggestions, context, where,
---trace_id}`; of it, `recovery_strategy` ("retry" or "none") and `recovery_suggestion` can be read, too.
---@class llmspell.ErrorHandlerNamespace
ErrorHandler = {}

---Read anything that was raised as an error table; never raises. `category` is the same as `type`.
---@param error any
---@return llmspell.Error
function ErrorHandler.parse(error) end

---Read anything that was raised as an error table; never raises. `category` is the same as `type`.
---@param error any
---@return llmspell.Error
function ErrorHandler.parse_error(error) end

---Tell whether an error is of a type, or of one of several; `"validation_error"` means `validation`.
---@param error any, types: string|string[]
---@return boolean
function ErrorHandler.is(error) end

---Give the error with more context.
---@param error any
---@param context llmspell.Table
---@return llmspell.Table
function ErrorHandler.enrich_error(error, context) end

---Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorHandler.create_strategy(options) end

---Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorHandler.create_recovery_strategy(options) end

---Try to recover, in three shapes.
---
---`(error, strategy)` gives `{success, data, result, attempts, error}`. `(error, {strategy = ...})` is the same.
---`(agent, input, error)` asks the agent again when the error is recoverable and gives its text; it raises when
---that fails too.
---
---A strategy that guards calls asks its `agent` for `input` once more; where it names none, the outcome has a
---`reason`.
---@param first any
---@param second any
---@param third? any
---@overload fun(agent: llmspell.Agent, input: string, error: any): string
---@return llmspell.Table
function ErrorHandler.attempt_recovery(first, second, third) end

---Count an error, note it and tell it as the event `error_reported`.
---@param error any
---@param context? llmspell.Table
function ErrorHandler.report_error(error, context) end

---Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`.
---@return llmspell.Table
function ErrorHandler.get_error_stats() end

---Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`.
---@return llmspell.Table
function ErrorHandler.get_stats() end

---Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`.
---@return llmspell.Table
function ErrorHandler.stats() end

---What to do about an error, by name. Each function checks its options and gives the strategy as a table.
---
---Those that guard the calls of a run (`circuit_breaker`, `retry`, `fallback_to_cached`, `retry_with_shorter_context`,
---`switch_to_fallback_provider`) need `llmspell-resilience`, and come before those that stand for the whole run.
---@class llmspell.ErrorStrategyNamespace
ErrorStrategy = {}

---Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
---
---An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.retry(options) end

---Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
---
---An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.retry_with_backoff(options) end

---Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.
---
---An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.exponential_backoff(options) end

---Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.fallback(options) end

---Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.use_fallback_agent(options) end

---Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.retry_with_different_tool(options) end

---Call `handler(error)` and use what it returns.
---@param options llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.handler(options) end

---Try several strategies, one after the other, until one works.
---
---A list of them, or `{retry_count, strategies, fallback_agents = {["Failed"] = "Instead"}, fallback_behavior}`.
---@param options? llmspell.StrategyGiven|any[]
---@return llmspell.Table
function ErrorStrategy.cascade(options) end

---Recover from nothing: the error stays.
---@param options? llmspell.FailOptions
---@return llmspell.Table
function ErrorStrategy.fail_fast(options) end

---Recover from nothing: the error stays.
---@param options? llmspell.FailOptions
---@return llmspell.Table
function ErrorStrategy.stop_on_error(options) end

---Leave a model alone for `reset_timeout` after `failure_threshold` failures in a row.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.circuit_breaker(options) end

---Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.fallback_to_cached(options) end

---Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.use_cached_results(options) end

---Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.use_cached_data(options) end

---Ask the model again without the older half of the conversation, until it fits.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.retry_with_shorter_context(options) end

---Ask the models of `fallback_providers`, in order; without it those of the option or section `fallback`.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.switch_to_fallback_provider(options) end

---Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
---
---`skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.continue_degraded(options) end

---Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
---
---`skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.continue_on_error(options) end

---Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.
---
---`skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.continue_with_warning(options) end

---Go on without the result; the outcome has `skipped` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.skip_tool(options) end

---Go on without the result; the outcome has `skipped` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.skip_tool_and_continue(options) end

---Go on without the result; the outcome has `skipped` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.skip_and_continue(options) end

---Go on without the result; the outcome has `skipped` and the error.
---@param options? llmspell.StrategyGiven
---@return llmspell.Table
function ErrorStrategy.skip_failed_tools(options) end

---JSON text and values. Nothing crosses to the kernel.
---@class llmspell.JSONNamespace
JSON = {}

---Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path.
---@param value any
---@param options? llmspell.JsonOptions
---@return string
function JSON.encode(value, options) end

---Write a value as JSON; `{pretty=true}` indents. Raises for functions, cycles, NaN and infinities by path.
---@param value any
---@param options? llmspell.JsonOptions
---@return string
function JSON.stringify(value, options) end

---Read JSON; raises an error of type `validation` that names the position.
---@param text string
---@return any
function JSON.decode(text) end

---Read JSON; raises an error of type `validation` that names the position.
---@param text string
---@return any
function JSON.parse(text) end

---What a test says about values; also `assert` of the testing module, and `t:assert_equals(...)` in a test.
---@class llmspell.AssertNamespace
Assert = {}

---Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself.
---@param actual any
---@param expected any
---@param message? string
function Assert.equals(actual, expected, message) end

---Check that two values are equal, however deep; 1 and 1.0 are equal, and so is not-a-number to itself.
---@param actual any
---@param expected any
---@param message? string
function Assert.equal(actual, expected, message) end

---Check that two values differ somewhere.
---@param actual any
---@param expected any
---@param message? string
function Assert.not_equals(actual, expected, message) end

---Check that two values differ somewhere.
---@param actual any
---@param expected any
---@param message? string
function Assert.not_equal(actual, expected, message) end

---Check that two values are one and the same object.
---@param actual any
---@param expected any
---@param message? string
function Assert.same(actual, expected, message) end

---Check that two values are two objects.
---@param actual any
---@param expected any
---@param message? string
function Assert.not_same(actual, expected, message) end

---Check that a value is true itself, not only something that counts as true.
---@param value any
---@param message? string
function Assert.is_true(value, message) end

---Check that a value is false itself.
---@param value any
---@param message? string
function Assert.is_false(value, message) end

---Check that a value counts as true in the language.
---@param value any
---@param message? string
function Assert.truthy(value, message) end

---Check that a value counts as false in the language.
---@param value any
---@param message? string
function Assert.falsy(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function Assert.is_nil(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function Assert.is_null(value, message) end

---Check that there is no value: `nil`, `null` or `undefined`, `None`.
---@param value any
---@param message? string
function Assert.is_none(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function Assert.not_nil(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function Assert.not_null(value, message) end

---Check that there is a value.
---@param value any
---@param message? string
function Assert.not_none(value, message) end

---Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
---
---`list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
---@param value any
---@param name any
---@param message? string
function Assert.type(value, name, message) end

---Check the type: `nil`, `boolean`, `number`, `string`, `table`, `list`, `map`, `function`, or the language's.
---
---`list` and `map` are tables; the language's own are the names that it gives its types, and its classes.
---@param value any
---@param name any
---@param message? string
function Assert.is_type(value, name, message) end

---Check that a text has a text in it, a list an equal item, a map a key.
---@param whole any
---@param part any
---@param message? string
function Assert.contains(whole, part, message) end

---Check that it does not.
---@param whole any
---@param part any
---@param message? string
function Assert.not_contains(whole, part, message) end

---Check that a pattern is found in a text: a Lua pattern, a `RegExp` or its source, a pattern of `re`.
---@param text string
---@param pattern any
---@param message? string
function Assert.matches(text, pattern, message) end

---Check that a number or text is greater than another.
---@param value any
---@param bound any
---@param message? string
function Assert.greater_than(value, bound, message) end

---Check that a number or text is greater than another.
---@param value any
---@param bound any
---@param message? string
function Assert.greater(value, bound, message) end

---Check that a number or text is greater than another or equal.
---@param value any
---@param bound any
---@param message? string
function Assert.at_least(value, bound, message) end

---Check that a number or text is less than another.
---@param value any
---@param bound any
---@param message? string
function Assert.less_than(value, bound, message) end

---Check that a number or text is less than another.
---@param value any
---@param bound any
---@param message? string
function Assert.less(value, bound, message) end

---Check that a number or text is less than another or equal.
---@param value any
---@param bound any
---@param message? string
function Assert.at_most(value, bound, message) end

---Check that a number is at most `tolerance` away from another.
---@param value number
---@param expected number
---@param tolerance? number
---@param message? string
function Assert.close_to(value, expected, tolerance, message) end

---Check that a number is at most `tolerance` away from another.
---@param value number
---@param expected number
---@param tolerance? number
---@param message? string
function Assert.near(value, expected, tolerance, message) end

---Check how many items or keys there are, or how long a text is as the language counts it.
---@param value any
---@param expected integer
---@param message? string
function Assert.length(value, expected, message) end

---Check how many items or keys there are, or how long a text is as the language counts it.
---@param value any
---@param expected integer
---@param message? string
function Assert.has_length(value, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function Assert.throws(work, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function Assert.raises(work, expected, message) end

---Check that a function raises, and give the error as a table.
---
---`expected` is text that its message or its type has, or a map of fields it must have (`{type="validation"}`,
---`message` is a part again); a `RegExp` or class in JavaScript, a class in Python. A function that waits is
---awaited in JavaScript and Python: `await assert.throws(async () => ...)`.
---@param work any
---@param expected? any
---@param message? string
---@return any
function Assert.error(work, expected, message) end

---Fail.
---@param message? string
function Assert.fail(message) end

---Tests of a spell, in the spell's own language: suites, hooks around tests, and stand-ins for models and tools.
---
---`require("llmspell.testing")`, `import ... from "llmspell/testing"` and `from llmspell.testing import ...` give it;
---its `assert` is `Assert`. What is defined runs when the file has been read, or at `run_all`; `llmspell test spell`
---runs files and reports. A suite defined inside the function of another belongs to it.
---@class llmspell.TestingNamespace
---@field assert llmspell.AssertNamespace
Testing = {}

---Define a suite and give it; `body(suite)` is called at once and defines what is in it.
---@param name string
---@param body? fun(suite: llmspell.Suite)
---@param options? llmspell.SuiteOptions
---@return llmspell.Suite
function Testing.suite(name, body, options) end

---Define a suite and give it; `body(suite)` is called at once and defines what is in it.
---@param name string
---@param body? fun(suite: llmspell.Suite)
---@param options? llmspell.SuiteOptions
---@return llmspell.Suite
function Testing.describe(name, body, options) end

---Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function Testing.test(name, body, options) end

---Define a test: `body(t)` passes when it raises nothing. `t` has every assertion and `t:skip(reason)`.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function Testing.it(name, body, options) end

---Define a test that does not run.
---@param name string
---@param body? fun(t: llmspell.Case)
function Testing.skip(name, body) end

---Define a test; of the file, it and others like it are all that runs.
---@param name string
---@param body fun(t: llmspell.Case)
---@param options? llmspell.TestOptionsGiven
function Testing.only(name, body, options) end

---Call a function before the first test of the suite.
---@param hook fun(t: llmspell.Case)
function Testing.before_all(hook) end

---Call `hook(t)` before each test of the suite and of those in it.
---@param hook fun(t: llmspell.Case)
function Testing.before_each(hook) end

---Call `hook(t)` before each test of the suite and of those in it.
---@param hook fun(t: llmspell.Case)
function Testing.setup(hook) end

---Call `hook(t)` after each test, whether it passed or not.
---@param hook fun(t: llmspell.Case)
function Testing.after_each(hook) end

---Call `hook(t)` after each test, whether it passed or not.
---@param hook fun(t: llmspell.Case)
function Testing.teardown(hook) end

---Call a function after the last test of the suite.
---@param hook fun(t: llmspell.Case)
function Testing.after_all(hook) end

---Run the tests that have not run; give `{total, passed, failed, error, skipped, tests}`.
---
---The file fails at its end when one of them did.
---@return llmspell.Table
function Testing.run_all() end

---Let models that no configuration names play these steps from now on; so does the provider `mock`.
---
---A step is `{text = "..."}`, `{tool_calls = {{name = "...", arguments = {...}}}}` or `{error = {type = "..."}}`,
---as in `<spell>.model.json`.
---@param steps llmspell.Table[]
function Testing.script_model(steps) end

---Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.
---
---The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
---@param name string
---@param answer? any
---@return llmspell.Mock
function Testing.mock_tool(name, answer) end

---Answer calls of a tool with a value, or with what `answer(arguments)` returns or raises.
---
---The tool is named as for `Tools.get`; raises `tool_not_found` with the nearest names.
---@param name string
---@param answer? any
---@return llmspell.Mock
function Testing.mock(name, answer) end

---Agents that work on one task together.
---@class llmspell.CollaborationNamespace
Collaboration = {}

---Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.
---
---`sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
---as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
---and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
---chooses who works next until it is done.
---
---`status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
---agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
---nothing, `agent_not_found`.
---@param options llmspell.StartOptions
---@return llmspell.Table
function Collaboration.start(options) end

---Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.
---
---`sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
---as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
---and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
---chooses who works next until it is done.
---
---`status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
---agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
---nothing, `agent_not_found`.
---@param options llmspell.StartOptions
---@return llmspell.Table
function Collaboration.run(options) end

---Have agents work together and iterate over what they say; leaving the loop cancels the work.
---
---Parts are `agent` (a `part` of what the `agent` says), `message` with the `agent`, what it is `about` and its
---whole `content`, and as the last one `done` with all that `start` returns.
---@param options llmspell.StartOptions
---@return llmspell.Stream
function Collaboration.stream(options) end

---Go on with a collaboration from its `state`; returns what `start` returns.
---
---`decisions` are by the ids of calls in `pending`, as for `agent:resume`. Who has answered is not asked again.
---The agents are found by their names. Raises `run_state`, `validation` and `agent_not_found` before anything is
---spent, and as `start` does.
---@param state string|llmspell.Table
---@param decisions? llmspell.Table
---@return llmspell.Table
function Collaboration.resume(state, decisions) end

---Go on as `resume` does and iterate over what agents say as `stream` does.
---@param state string|llmspell.Table
---@param decisions? llmspell.Table
---@return llmspell.Stream
function Collaboration.resume_stream(state, decisions) end

---Give the strategies, each with what it does when an agent fails.
---@return table<string, string>
function Collaboration.strategies() end

---Agents that better a solution by looking at the best ones so far.
---@class llmspell.SwarmNamespace
Swarm = {}

---Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents.
---@param options llmspell.SwarmOptions
---@return llmspell.Table
function Swarm.create(options) end

---Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents.
---@param options llmspell.SwarmOptions
---@return llmspell.Table
function Swarm.new(options) end

---Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.
---
---`swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
---the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
---@param swarm llmspell.SwarmGiven
---@param task string
---@return llmspell.Table
function Swarm.run(swarm, task) end

---Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.
---
---`swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
---the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
---@param swarm llmspell.SwarmGiven
---@param task string
---@return llmspell.Table
function Swarm.execute(swarm, task) end

---Have a swarm look for a solution and iterate over what its agents say, as in `Collaboration.stream`.
---@param swarm llmspell.SwarmGiven
---@param task string
---@return llmspell.Stream
function Swarm.stream(swarm, task) end

---Go on with a swarm from its `state`, as `Collaboration.resume` does; returns what `run` returns.
---@param state string|llmspell.Table
---@param decisions? llmspell.Table
---@return llmspell.Table
function Swarm.resume(state, decisions) end

---Texts found by meaning, in the storage of the user.
---
---Each memory has a place: the spell's own, an agent's, a session's, or the one that all share. What is found is a
---table `{key, text, data, at, untrusted}`.
---@class llmspell.MemoryNamespace
Memory = {}

---Keep a text and give its key; a list of texts gives the list of their keys.
---
---Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
---@param text llmspell.MemoryTextGiven|llmspell.MemoryTextGiven[]
---@param options? llmspell.MemoryAddOptionsGiven
---@return string|string[]
function Memory.add(text, options) end

---Keep a text and give its key; a list of texts gives the list of their keys.
---
---Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
---@param text llmspell.MemoryTextGiven|llmspell.MemoryTextGiven[]
---@param options? llmspell.MemoryAddOptionsGiven
---@return string|string[]
function Memory.store(text, options) end

---Give the texts nearest to a query, the nearest first, each with its `score`, the cosine from -1 to 1.
---
---Texts are labelled `untrusted` unless they were added as `trusted`: what they ask for is not to be done.
---@param query string
---@param options? llmspell.MemorySearchOptionsGiven
---@return llmspell.Table[]
function Memory.search(query, options) end

---Give the text under a key, nothing when there is none.
---@param key string
---@param options? llmspell.MemoryPlaceOptionsGiven
---@return llmspell.Table|nil
function Memory.get(key, options) end

---Forget the text under a key and tell whether it was there.
---@param key string
---@param options? llmspell.MemoryPlaceOptionsGiven
---@return boolean
function Memory.forget(key, options) end

---Forget the text under a key and tell whether it was there.
---@param key string
---@param options? llmspell.MemoryPlaceOptionsGiven
---@return boolean
function Memory.remove(key, options) end

---Give the texts of a memory, the newest first.
---@param options? llmspell.MemoryListOptionsGiven
---@return llmspell.Table[]
function Memory.list(options) end

---Forget all texts of a memory and give their number; the next text may have vectors of any kind.
---@param options? llmspell.MemoryPlaceOptionsGiven
---@return integer
function Memory.clear(options) end

---Tell what a memory is: `{place, count, index, model, provider, dimensions}`.
---
---`index` is `numpy` where each text is compared, `usearch` where some are; the last three are absent in an empty
---memory.
---@param options? llmspell.MemoryPlaceOptionsGiven
---@return llmspell.Table
function Memory.stats(options) end

---Make the vectors of all texts anew, with another model when one is named; give the number of texts.
---
---Until it is done the memory is as it was. Raises `storage_conflict` when it was written meanwhile.
---@param options? llmspell.MemoryReindexOptionsGiven
---@return integer
function Memory.reindex(options) end

---@type llmspell.ToolConstructor
AgentFinderTool = nil

---@type llmspell.ToolConstructor
Base64EncoderTool = nil

---@type llmspell.ToolConstructor
CalculatorTool = nil

---@type llmspell.ToolConstructor
DateTimeHandlerTool = nil

---@type llmspell.ToolConstructor
DiffCalculatorTool = nil

---@type llmspell.ToolConstructor
DirectoryListerTool = nil

---@type llmspell.ToolConstructor
FileArchiverTool = nil

---@type llmspell.ToolConstructor
FileConverterTool = nil

---@type llmspell.ToolConstructor
FileMetadataTool = nil

---@type llmspell.ToolConstructor
FileReaderTool = nil

---@type llmspell.ToolConstructor
FileSearchTool = nil

---@type llmspell.ToolConstructor
FileSystemTool = nil

---@type llmspell.ToolConstructor
FileWatcherTool = nil

---@type llmspell.ToolConstructor
FileWriterTool = nil

---@type llmspell.ToolConstructor
HashCalculatorTool = nil

---@type llmspell.ToolConstructor
TemplateProcessorTool = nil

---@type llmspell.ToolConstructor
TextManipulatorTool = nil

---@type llmspell.ToolConstructor
UuidGeneratorTool = nil

---@type llmspell.AgentConstructor
ApiIntegrationAgent = nil

---@type llmspell.AgentConstructor
ChatAgent = nil

---@type llmspell.AgentConstructor
CodeAssistantAgent = nil

---@type llmspell.AgentConstructor
ContentCreatorAgent = nil

---@type llmspell.AgentConstructor
CustomerServiceAgent = nil

---@type llmspell.AgentConstructor
DataAnalystAgent = nil

---@type llmspell.AgentConstructor
MarketAnalystAgent = nil

---@type llmspell.AgentConstructor
OrchestratorAgent = nil

---@type llmspell.AgentConstructor
PlannerAgent = nil

---@type llmspell.AgentConstructor
ResearchAgent = nil

---@type llmspell.AgentConstructor
ReviewerAgent = nil

---Note the finest detail.
---@param message any
---@param metadata? llmspell.Table
function trace(message, metadata) end

---Note the finest detail.
---@param message any
---@param metadata? llmspell.Table
function log.trace(message, metadata) end

---Note something that helps to find a fault.
---@param message any
---@param metadata? llmspell.Table
function debug(message, metadata) end

---Note something that helps to find a fault.
---@param message any
---@param metadata? llmspell.Table
function log.debug(message, metadata) end

---Note what happens.
---@param message any
---@param metadata? llmspell.Table
function info(message, metadata) end

---Note what happens.
---@param message any
---@param metadata? llmspell.Table
function log.info(message, metadata) end

---Note what should not happen but does no harm.
---@param message any
---@param metadata? llmspell.Table
function warn(message, metadata) end

---Note what should not happen but does no harm.
---@param message any
---@param metadata? llmspell.Table
function log.warn(message, metadata) end

---Note what should not happen but does no harm.
---@param message any
---@param metadata? llmspell.Table
function log.warning(message, metadata) end

---Note a failure; it raises nothing.
---@param message any
---@param metadata? llmspell.Table
function log.error(message, metadata) end

return {
  Agent = Agent,
  agent = Agent,
  Template = Template,
  template = Template,
  Models = Models,
  models = Models,
  Tool = Tool,
  tool = Tool,
  Tools = Tools,
  tools = Tools,
  Events = Events,
  events = Events,
  Hooks = Hooks,
  hooks = Hooks,
  Config = Config,
  config = Config,
  Storage = Storage,
  storage = Storage,
  State = State,
  state = State,
  Session = Session,
  session = Session,
  Runs = Runs,
  runs = Runs,
  Workflow = Workflow,
  workflow = Workflow,
  Spell = Spell,
  spell = Spell,
  Log = Log,
  log = Log,
  Async = Async,
  async = Async,
  ErrorHandler = ErrorHandler,
  errorhandler = ErrorHandler,
  error_handler = ErrorHandler,
  ErrorStrategy = ErrorStrategy,
  errorstrategy = ErrorStrategy,
  error_strategy = ErrorStrategy,
  JSON = JSON,
  json = JSON,
  Assert = Assert,
  assert = Assert,
  Testing = Testing,
  testing = Testing,
  Collaboration = Collaboration,
  collaboration = Collaboration,
  Swarm = Swarm,
  swarm = Swarm,
  Memory = Memory,
  memory = Memory,
  AgentFinderTool = AgentFinderTool,
  Base64EncoderTool = Base64EncoderTool,
  CalculatorTool = CalculatorTool,
  DateTimeHandlerTool = DateTimeHandlerTool,
  DiffCalculatorTool = DiffCalculatorTool,
  DirectoryListerTool = DirectoryListerTool,
  FileArchiverTool = FileArchiverTool,
  FileConverterTool = FileConverterTool,
  FileMetadataTool = FileMetadataTool,
  FileReaderTool = FileReaderTool,
  FileSearchTool = FileSearchTool,
  FileSystemTool = FileSystemTool,
  FileWatcherTool = FileWatcherTool,
  FileWriterTool = FileWriterTool,
  HashCalculatorTool = HashCalculatorTool,
  TemplateProcessorTool = TemplateProcessorTool,
  TextManipulatorTool = TextManipulatorTool,
  UuidGeneratorTool = UuidGeneratorTool,
  ApiIntegrationAgent = ApiIntegrationAgent,
  ChatAgent = ChatAgent,
  CodeAssistantAgent = CodeAssistantAgent,
  ContentCreatorAgent = ContentCreatorAgent,
  CustomerServiceAgent = CustomerServiceAgent,
  DataAnalystAgent = DataAnalystAgent,
  MarketAnalystAgent = MarketAnalystAgent,
  OrchestratorAgent = OrchestratorAgent,
  PlannerAgent = PlannerAgent,
  ResearchAgent = ResearchAgent,
  ReviewerAgent = ReviewerAgent,
}
