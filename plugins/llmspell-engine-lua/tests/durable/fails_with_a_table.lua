error(setmetatable({ order = 7, inner = { b = 1, a = { 2, 3 } } }, { __name = "mine" }))
