local box, seen, out = Probe.box(), {}, {}
seen[box], seen[Probe] = 1, 2
for k, v in pairs(seen) do out[#out + 1] = tostring(k) .. v end
return { out, box.name, tostring(box), box:open{ b = 1, a = 2 }, rawequal(box, Probe.box()) }
