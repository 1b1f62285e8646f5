local out = {}
for i, value in ipairs{ { [true] = 1, [{}] = 2, [print] = 3, x = 1 }, { [1.5] = 1, [false] = 2 }, { 1, x = 2 }, { a = 0 / 0, b = 1 / 0 },
  { a = coroutine.create(print), b = { c = coroutine.create(print) } } } do
  local ok, fault = pcall(Probe.echo, value)
  out[i] = fault.message
end
return out
