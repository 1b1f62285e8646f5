local result = Probe.register(function(given, n)
  local keys = {}
  for k in pairs(given) do keys[#keys + 1] = k end
  Probe.echo(keys)
  return { keys, n, os.time(), math.random(100), tostring(given) }
end)
return { result, pcall(Probe.register, function() error({ b = 1, a = 2 }) end) }
