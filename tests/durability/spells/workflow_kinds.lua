-- Every kind of workflow, with tools and functions as steps.
local function doing(name) return { name = name, tool = "mark", input = { name = name } } end
local found = {}
local function add(what, flow, given) found[what] = flow:execute(given or {}).output end
local function seen(name) return { name = name, tool = "look", input = { name = name .. "{{item}}" } } end
Workflow.sequential({ name = "s", steps = { doing("s1"), doing("s2") } }):execute({})
Workflow.parallel({ name = "p", steps = { doing("p1"), doing("p2"), doing("p3") } }):execute({})
add("conditional", Workflow.conditional({ name = "c", condition = function(given) return given.go end, if_true = { name = "yes", tool = "look", input = { name = "yes" } }, if_false = doing("no") }), { go = true })
add("loop", Workflow.loop({ name = "l", items = { "x", "y" }, collect = true, steps = { seen("l") } }))
add("fan_out", Workflow.fan_out({ name = "f", items = { "x", "y", "z" }, max_concurrency = 2, steps = { seen("f") } }))
add("map_reduce", Workflow.map_reduce({ name = "m", items = { "x", "y" }, map = seen("m"), reduce = { name = "r", run = function(context) return #context.results end } }))
add("pipeline", Workflow.pipeline({ name = "pl", items = { "x", "y" }, steps = { seen("pl"), { name = "end", run = function(context) return context.pl .. "!" end } } }))
add("graph", Workflow.graph({ name = "g", steps = { { name = "a", tool = "look", input = { name = "ga" } }, { name = "b", tool = "look", input = { name = "gb" }, depends_on = "a" }, { name = "c", tool = "look", input = { name = "gc" }, depends_on = "a" }, { name = "d", run = function(context) return context.b .. context.c end, depends_on = { "b", "c" } } } }))
add("custom", Workflow.custom({ name = "cu", steps = { { name = "cu", tool = "look" } }, execute = function(_, run) return run("cu", { name = "cu1" }) end }))
return found
