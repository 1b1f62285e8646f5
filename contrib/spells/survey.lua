#!/usr/bin/env llmspell-lua
-- An agent surveys a project's documentation: it lists and reads the files, measures them, and writes a report.
--     llmspell run contrib/spells/survey.lua --allow-read=docs --allow-write=build
-- Without a configured model, the steps in survey.model.json play its part; tools, files, hooks and store are the same.

local target = "build/survey.md"

local surveyor = Agent.new({
    name = "surveyor",
    system_prompt = [[
You survey the documentation of a project. List the Markdown files below docs/ with their sizes, read each of them, compute the mean
size with the calculator, render a report with template_processor and write it to build/survey.md with file_writer. Answer with one
sentence that tells how many files there are and where the report is.]],
    tools = { "directory_lister", "file_reader", "calculator", "template_processor", "file_writer" },
    limits = { tool_calls = 1000 }, -- one for each file, and a few more
})

-- A guard in the script's own language: the agent may write its report and nothing else.
Hooks.register("before_tool_execution", function(context)
    if context.tool == "file_writer" and context.input.path ~= target then
        return { refuse = "the surveyor writes " .. target .. " only" }
    end
end)

-- And an observer: what the agent does, as it happens (shown with --verbose).
Events.subscribe("tool_execution_completed", function(event)
    log.debug(("%s took %.1f ms"):format(event.data.subject, event.data.seconds * 1000))
end)

local result = surveyor:execute({ input = "Survey docs/ and write the report to " .. target .. "." })

local runs = (Storage.get("runs") or 0) + 1
Storage.set("runs", runs)

local used = {}
for _, call in ipairs(result.tool_calls) do
    used[call.name] = (used[call.name] or 0) + 1
    if call.outcome ~= "done" then
        print(("  %s: %s"):format(call.name, call.outcome))
    end
end

local names = {}
for tool, count in pairs(used) do
    names[#names + 1] = ("%s x%d"):format(tool, count)
end
table.sort(names)

print(result.content)
print("tools used: " .. table.concat(names, ", "))
return { report = target, tool_calls = #result.tool_calls, runs = runs }
