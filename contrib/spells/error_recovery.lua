#!/usr/bin/env llmspell-lua
-- What fails, and what to do then: read the error, try again, fall back, mend it for a whole spell, tidy up.
--     llmspell run contrib/spells/error_recovery.lua
-- Steps in error_recovery.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

-- A failure raises an error with a type, a code, a message and suggestions.
local _, problem = pcall(Tools.get, "calculater")
print(problem.code, problem.type, problem.message)
print("  " .. problem.suggestions[1])

-- What may succeed the next time is tried again, after a pause that grows.
local line = { "busy", "busy", "sunny" }
local forecast = Async.retry(function()
    local reply = table.remove(line, 1)
    if reply == "busy" then
        error({ type = "network", message = "the line is busy" })
    end
    return reply
end, { attempts = 5, delay = 1, backoff = 2 })
print("forecast: " .. forecast)

-- A failure can also be an answer, and a strategy says what to use instead.
local answer = Tools.calculator:execute({ expression = "sqrt(-1" }, { on_error = "return" })
local outcome = ErrorHandler.attempt_recovery(answer.error, { type = "fallback", value = "no number" })
print(answer.error.type .. ": " .. outcome.result)

-- A hook on errors mends them wherever they happen, also in what an agent does.
Hooks.register("tool_error", function(context)
    print("mended: " .. context.tool)
    return { text = "division by zero gives no number" }
end)
local agent = Agent.new({ name = "mathematician", tools = { "calculator" } })
print(agent:chat("What is one divided by zero?"))

-- A resource is closed, whatever happens while it is used.
local file = { close = function() print("closed") end }
local ok = pcall(Async.with_resource, file, function()
    error("half way")
end)
print(ok and "done" or "failed, and tidied up")
