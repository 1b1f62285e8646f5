return { tostring(print), tostring({}), tostring(setmetatable({}, { __name = "own" })) }
