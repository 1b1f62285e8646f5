local out = {}
for item in Probe.stream() do out[#out + 1] = item .. ":" .. os.clock() end
local stream = Probe.echo(1)
return { out, stream }
