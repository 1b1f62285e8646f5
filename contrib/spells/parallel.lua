#!/usr/bin/env llmspell-lua
-- Calls side by side: all of them, the first of them, those that failed, and one that takes too long.
--     llmspell run contrib/spells/parallel.lua
-- Steps in parallel.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

-- A job is a function. `Async.all` runs jobs side by side and gives their results in the order of the jobs.
local jobs = {}
for _, place in ipairs({ "Lisbon", "Kyoto", "Quito" }) do
    jobs[#jobs + 1] = function()
        local guide = Agent.new({ name = place })
        return guide:chat(place)
    end
end
for _, answer in ipairs(Async.all(jobs)) do
    print(answer)
end

-- `Async.race` gives the first result and cancels the others.
local first = Async.race({
    function()
        Async.sleep("1m")
        return "the slow one"
    end,
    function()
        Async.sleep(10) -- a bare number is milliseconds in every function of Async
        return "the quick one"
    end,
})
print("first: " .. first)

-- `Async.all_settled` keeps going when one fails, and tells how each ended.
local settled = Async.all_settled({
    function() return Tools.calculator:execute({ expression = "6 * 7" }).value end,
    function() return Tools.calculator:execute({ expression = "1 / 0" }).value end,
})
for _, one in ipairs(settled) do
    print(one.status .. ": " .. (one.value or one.reason.type))
end

-- `Async.timeout` gives up on a job, and cancels what the job was waiting for.
local _, problem = pcall(Async.timeout, function() Async.sleep("1m") end, 20)
print("given up: " .. problem.type)
