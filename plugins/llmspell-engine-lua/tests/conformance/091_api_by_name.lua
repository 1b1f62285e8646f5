local all = require("llmspell")
local found = {require("rs-llmspell") == all or require("rs-llmspell").Agent == all.Agent, all.Agent == Agent}
for name, space in pairs({agent = Agent, tools = Tools, events = Events, async = Async, json = JSON}) do
  found[#found + 1] = require("llmspell." .. name) == space
end
local every = true
for _, one in ipairs(found) do every = every and one end
return every
