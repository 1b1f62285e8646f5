#!/usr/bin/env llmspell-lua
-- The smallest spell: a parameter, a tool, a line of output.
--     llmspell run contrib/spells/hello.lua --param name=Ada

local name = params.name or "world"
local letters = Tools.get("calculator"):execute({ expression = "n * 2", variables = { n = #name } })

print(("Hello, %s! Twice the letters of your name make %d."):format(name, letters.value))
return { greeted = name }
