#!/usr/bin/env llmspell-lua
-- Streaming: show an answer while it is being written, see the tools at work, stop when you have enough.
--     llmspell run contrib/spells/streaming.lua
-- Steps in streaming.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

local agent = Agent.new({ name = "timekeeper", tools = { "calculator" } })

-- The parts of an answer have types; the last part is `done` and has all that `execute` returns.
for part in agent:stream("How many minutes has a day?") do
    if part.type == "text" then
        print("text: " .. part.text)
    elseif part.type == "tool_result" then
        print("tool: " .. part.name .. " was " .. part.outcome)
    elseif part.type == "done" then
        print(("whole: %d characters, %d tool call"):format(#part.content, #part.tool_calls))
    end
end

-- Leaving the loop cancels the run: the model stops writing, nothing more is paid for.
for part in agent:stream("And once more, please.") do
    if part.type == "text" then
        print("enough after: " .. part.text)
        break
    end
end
