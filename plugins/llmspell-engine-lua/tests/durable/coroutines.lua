local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(Probe.echo(i) + os.time()) end end)
local set, out = {}, { co(), co(), co() }
for i = 1, 5 do set[coroutine.create(function() return i end)] = true end
for one in pairs(set) do out[#out + 1] = select(2, coroutine.resume(one)) end
return out
