#!/usr/bin/env llmspell-lua
-- One spell of several languages: parts in JavaScript, Python and Lua share a run, and functions go both ways.
--     llmspell run contrib/spells/cross_language.lua
-- Steps in cross_language.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

-- What a part exports are functions here, whatever language they are written in.
local words = Spell.load("parts/words.js")
local numbers = Spell.load("parts/numbers.py")
Spell.load("parts/guard.lua", { params = { most = 8 } })

-- A function of this spell is called from JavaScript, once for each word.
local lengths = words.map("Twelve plums, three pears.", function(word)
    return #word
end)
print("lengths: " .. table.concat(lengths, " "))

-- Tables go to Python and come back.
local about = numbers.describe(lengths)
print(("median %d, mode %d"):format(about.median, about.mode))

-- An agent of this spell calls the tool of the Python part, and the hook of the Lua part decides about it.
local agent = Agent.new({ name = "statistician", tools = { "spread" } })
local result = agent:execute("How much do the numbers " .. JSON.encode(lengths) .. " differ?")
for _, call in ipairs(result.tool_calls) do
    print(call.name .. ": " .. call.outcome)
end
print(result.content)
