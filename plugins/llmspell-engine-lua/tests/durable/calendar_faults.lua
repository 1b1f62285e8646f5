local out = {}
for i, work in ipairs{ function() os.time{ year = 2020 } end, function() os.date("%Ez") end, function() os.time(5) end,
  function() os.time{ year = 2020, month = "x", day = 1 } end, function() os.date("*t", 1e300) end, function() os.date({}) end } do
  out[i] = select(2, pcall(work))
end
return out
