-- code: a name that the collector takes while a chunk is parsed
for at = 1, 200 do
  local name = "=" .. ("n"):rep(100 + at) .. at
  local pieces = 0
  load(function()
    pieces = pieces + 1
    if pieces > 50 then return nil end
    for _ = 1, 20 do local _ = { ("x"):rep(1000) } end
    return "local a" .. pieces .. " = '" .. ("y"):rep(100) .. "' "
  end, name)
end
return "held"
