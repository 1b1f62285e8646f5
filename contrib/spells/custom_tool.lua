#!/usr/bin/env llmspell-lua
-- A tool of your own: a function, with a schema by which models know how to call it.
--     llmspell run contrib/spells/custom_tool.lua
-- Steps in custom_tool.model.json play the model until a key is set: `export OPENAI_API_KEY=...`

local shelves = {
    north = { lamp = 12, chair = 0 },
    south = { lamp = 1, chair = 4 },
}

local stock = Tool.new({
    name = "stock",
    description = "Count what a warehouse has of an item.",
    parameters = {
        type = "object",
        properties = {
            item = { type = "string", description = "what to count, in the singular" },
            warehouse = { type = "string", enum = { "north", "south" }, default = "north" },
        },
        required = { "item" },
    },
    execute = function(arguments)
        local count = shelves[arguments.warehouse][arguments.item]
        if not count then
            error("nobody sells a " .. arguments.item)
        end
        return { item = arguments.item, warehouse = arguments.warehouse, count = count }
    end,
})

-- It is called like any tool: arguments are checked and defaults filled in before the function sees them.
print("lamps: " .. stock:execute({ item = "lamp", warehouse = "south" }).count)

local answer = stock:execute({ item = "piano" }, { on_error = "return" })
print("piano: " .. answer.error.message)

-- An agent calls it when its model asks to. Wrong arguments go back to the model, which may try again.
local agent = Agent.new({ name = "clerk", system_prompt = "You answer questions about our stock.", tools = { stock } })
local result = agent:execute("How many lamps and chairs are there?")
for _, call in ipairs(result.tool_calls) do
    print(call.name .. ": " .. call.outcome)
end
print(result.content)

-- Registered, it is found by name, by this spell and by the agents it makes.
Tools.register(stock)
print("by name: " .. Tools.stock:execute({ item = "chair" }).count)
