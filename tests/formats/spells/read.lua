-- Read all that the other spells left, and go on with the agent that waits.
local shared = State.scope("shared")
local diary = Agent.new({ name = "diary", memory = { persist = "evenings" } })
local said = {}
for _, message in ipairs(diary:history()) do table.insert(said, message.role .. ": " .. message.content) end
local janitor = Agent.new({ name = "janitor", tools = { "calculator" }, approve = { "calculator" } })
local waiting = Storage.get("waiting")
local result = janitor:resume(JSON.parse(waiting.state), { [waiting.call] = "approve" })
local versions = {}
for _, one in ipairs(shared:history("seats")) do table.insert(versions, one.version) end
return {
  seats = shared:get("seats"),
  versions = versions,
  schema = shared:schema_version(),
  gone = shared:get("gone") == nil,
  city = State.get("city"),
  days = State.get("days"),
  shelf = Storage.get("shelf"),
  long = #Storage.get("long"),
  said = said,
  birthday = diary:recall("birthday"),
  answer = result.output,
}
