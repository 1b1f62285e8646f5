local t, f, co = {}, function() end, coroutine.create(function() end)
print(t, f, co, print, string.format, Probe, coroutine.running())
return { tostring(t), tostring(f), tostring(co), ("%s %s"):format(f, t), tostring(setmetatable({}, { __name = "own" })), tostring(t) }
