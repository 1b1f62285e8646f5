local first = Probe.echo(1)
local function ask(x)
  local answer = Probe.echo(x)
  return answer
end
ask(2)
local co = coroutine.wrap(function()
  ask(3)
end)
co()
Async.all{ function() return Probe.echo(4) end, function() local x = Probe.echo(5) return x end }
return Probe.echo(6)
