local out = {}
local t = setmetatable({}, { __pairs = function(self) Probe.echo("waits") return next, { b = 1, a = 2, c = 3 } end })
for k, v in pairs(t) do out[#out + 1] = k .. v end
for k, v in pairs(Probe.box()) do out[#out + 1] = k .. tostring(v) end
return { out, select(2, pcall(pairs)), select(2, pcall(pairs, 5)), select(2, pcall(next, 5)) }
