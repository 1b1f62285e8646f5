-- A tool of the script calls tools, by itself and for a model.
local count = 0
local both = Tool.create({
  name = "both", description = "Does two things.",
  parameters = { type = "object", properties = { name = { type = "string" } } },
  execute = function(given)
    count = count + 1
    Tools.get("mark"):execute({ name = given.name .. count })
    local seen = Tools.get("look"):execute({ name = given.name .. count }).result
    return { seen = seen, count = count }
  end,
})
local first = both:execute({ name = "a" }).result
local sides = Async.all({ function() return both:execute({ name = "b" }).result end, function() return both:execute({ name = "c" }).result end })
local agent = Agent.create({ name = "asker", model = "counted", tools = { both } })
local answer = agent:chat("please use both name=d now")
return { first = first.seen, sides = { sides[1].seen, sides[2].seen }, answer = answer, count = count }
