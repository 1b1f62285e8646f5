local out = {}
local function slow(name, ms) return function() Async.sleep(ms) out[#out + 1] = name .. os.time() return Probe.echo(name) end end
local all = Async.all{ b = slow("b", 30), a = slow("a", 10), slow("one", 20), [true] = slow("yes", 5) }
for k, v in pairs(all) do out[#out + 1] = tostring(k) .. v end
out[#out + 1] = Async.race{ slow("x", 50), slow("y", 5) }
local settled = Async.all_settled{ slow("s", 1), function() error("no") end, Probe.fail }
return { out, settled[2].reason, settled[3].reason.type }
