#!/usr/bin/env llmspell-lua
-- Events tell what happened; hooks decide what happens. Here both watch an agent and its tools.
--     llmspell run contrib/spells/events_and_hooks.lua
-- Steps in events_and_hooks.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

local agent = Agent.new({ name = "mathematician", tools = { "calculator", "hash_calculator" } })

-- Before a tool runs, a hook may change the call or refuse it. Nothing returned means: no opinion.
Hooks.register("before_tool_execution", function(context)
    if context.tool == "hash_calculator" then
        return { refuse = "no hashes today" }
    end
    context.input.expression = "(" .. context.input.expression .. ") * 10"
    return context
end)

-- After it, a hook sees the result and may replace it. A filter says which calls it is for.
Hooks.register("after_tool_execution", {
    when = { tool = "calculator" },
    handler = function(context)
        print("hook: the calculator gave " .. context.output.value)
    end,
})

-- Around it, a hook runs what is inside, as often as it likes.
Hooks.register("around_llm_call", function(context, proceed)
    local completion = proceed:run()
    print(("hook: the model said %d characters"):format(#completion.content))
    return completion
end)

-- Events go to every subscriber whose pattern fits. Handlers run beside the spell.
local seen = {}
Events.subscribe("tool_execution_*", function(event)
    seen[#seen + 1] = event.name:gsub("tool_execution_", "") .. " " .. event.subject
end)

-- A spell has events of its own, too.
Events.subscribe("greeting", function(event)
    print("event: " .. event.text .. " from " .. event.source)
end)
Events.emit("greeting", { text = "hello" })
Events.flush() -- wait until the handlers have dealt with what happened so far

print(agent:chat("What are two and two, and the hash of a secret?"))

Events.flush()
table.sort(seen)
print("events: " .. table.concat(seen, ", "))
