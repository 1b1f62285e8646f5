#!/usr/bin/env llmspell-lua
-- A workflow: writers side by side, a loop that shortens the text, a choice, and a step that is tried again.
--     llmspell run contrib/spells/workflow.lua
-- Steps in workflow.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

for _, name in ipairs({ "poet", "engineer" }) do
    Agent.new({ name = name, system_prompt = "You are a " .. name .. "." })
end

-- A phase is a step with steps of its own. What it gives is put together by the name of each writer.
local drafts = {
    name = "drafts",
    type = "parallel",
    agents = {
        { agent = "poet", action = "Say what {{topic}} is." },
        { agent = "engineer", action = "Say how {{topic}} works." },
    },
}

-- A loop has a bound; `text` is known after it, because a phase is a part of the workflow.
local shorten = {
    name = "shorten",
    type = "loop",
    condition = function(context) return #context.text > context.most end,
    max_iterations = 20,
    steps = {
        { name = "cut", run = function(context) return context.text:match("^(.*) %S+$") end, output = "text" },
    },
}

local tries = 0
local function send()
    tries = tries + 1
    if tries == 1 then error("the mailbox is busy") end
    return "sent"
end

local report = Workflow.sequential({
    name = "report",
    steps = {
        drafts,
        { name = "join", run = function(context, text) return text end, input = "{{drafts.poet}} {{drafts.engineer}}",
          output = "text" },
        shorten,
        { name = "judge", type = "conditional", condition = "{{gt text.length 30}}",
          if_true = { run = function() return "long" end }, if_false = { run = function() return "short" end } },
        { name = "send", run = send, retry = { attempts = 3, delay = "1ms" } },
    },
})

report:on_step_complete(function(step) print("done: " .. step.name) end)
local result = report:execute({ topic = "a lighthouse", most = 40 })
print(result.text)
print(result.judge .. ", " .. result.output .. " at attempt " .. result.steps.send.attempts)

-- Everything that is wrong is told when a workflow is made.
local _, problem = pcall(Workflow.graph, { name = "knot", steps = {
    { name = "egg", run = print, depends_on = "hen" },
    { name = "hen", run = print, depends_on = "egg" },
} })
print(problem.type .. ": " .. problem.context.faults[1].message)
