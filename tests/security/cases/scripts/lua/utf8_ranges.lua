-- host: memory beside a text, by positions of utf8
for _, attempt in ipairs {
  function() return utf8.codepoint("x", 1, math.maxinteger) end,
  function() return utf8.offset("x", 1, math.mininteger) end,
  function() return utf8.char(2 ^ 32) end,
  function() return utf8.char(-1) end,
  function() return utf8.len("x", math.mininteger, math.maxinteger) end,
  function() return utf8.codepoint("\xfd\xbf\xbf\xbf\xbf\xbf", 1, -1) end,
} do
  local ok, value = pcall(attempt)
  if ok and type(value) == "number" and value > 0x10ffff then return "reached" end
end
return "held"
