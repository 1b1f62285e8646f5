local out, live = {}, {}
for i = 1, 30000 do
  local t = { name = "n" .. i, [i] = {}, f = function() return i end }
  live[i % 17] = t
end
for i, t in pairs(live) do out[#out + 1] = i .. t.name end
for i = 1, 600 do Probe.box() end
return { out, Probe.box().name }
