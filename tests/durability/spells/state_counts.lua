-- What is kept: set, counted, changed, read.
State.set("a", 1)
local n = State.increment("n", 2)
State.update("a", function(value) return (value or 0) + 10 end)
Storage.set("k", { "x" })
Storage.merge("m", { one = 1 })
Tools.get("mark"):execute({ name = "between" })
local again = State.increment("n", 3)
local both = Async.all({ function() return State.increment("s") end, function() return Storage.merge("m", { two = 2 }) end })
return { a = State.get("a"), n = again, first = n, m = Storage.get("m").one + Storage.get("m").two, s = State.get("s"), k = Storage.get("k")[1], list = #State.list() }
