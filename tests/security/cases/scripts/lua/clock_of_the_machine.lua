-- host: a timer fine enough to tell what the memory of the machine holds
local least = math.huge
local last = os.clock()
for _ = 1, 100000 do
  local now = os.clock()
  if now > last then least = math.min(least, now - last) last = now end
end
return least < 1e-7 and "reached" or "held"
