local out = {}
local function note(...) out[#out + 1] = tostring((select(2, pcall(...)))) end
note(error) note(error, {}) note(error, setmetatable({}, { __tostring = function() return "told" end }))
note(function() return {} .. {} end) note(function() return {} < {} end) note(function() return #5 end)
note(function() missing() end) note(function() return ("x").y.z end) note(string.rep) note(table.concat, { {} })
note(Probe.fail) note(function() local function f() return f() + 1 end return f() end) note(setmetatable, 1, 2)
note(xpcall, error, function(e) return { e } end, "x")
return { out, ErrorHandler.parse({}).message, ErrorHandler.parse(print).message }
