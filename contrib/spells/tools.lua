#!/usr/bin/env llmspell-lua
-- Tools: find one, read what it takes, call it, pass a result on, be told what was wrong.
--     llmspell run contrib/spells/tools.lua

-- The catalogue is searched by words; the best match comes first.
local found = Tools.search("mathematical expression")[1]
print(("%s: %s"):format(found.name, found:get_description()))
print("it must be given: " .. table.concat(found:get_input_schema().required, ", "))

-- Whoever knows the name writes `Tools.name`. Arguments have names, and so have the parts of a result.
local mean = Tools.calculator:execute({ expression = "(a + b) / 2", variables = { a = 3, b = 4 } })
print("mean: " .. mean.value)

-- What one tool gives, the next one takes.
local words = Tools.text_manipulator:execute({ text = "the quick brown fox", operations = { "words" } })
local title = Tools.template_processor:execute({
    template = "{{#each words}}[{{this}}]{{/each}}",
    variables = { words = words.value },
})
print(title.text)

-- A failure raises; with `on_error = "return"` it is an answer.
local answer = Tools.calculator:execute({ expresion = "1 + 1" }, { on_error = "return" })
print("without its expression: " .. answer.error.type .. " error")
