-- host: memory behind a text, by formats that read beyond its end
local attempts = {
  function() return string.unpack("s8", "\255\255\255\255\255\255\255\127x") end,
  function() return string.unpack("z", "no end") end,
  function() return string.unpack("i16", ("\255"):rep(16)) end,
  function() return string.unpack("c1000000", "x") end,
  function() return string.unpack("<I4", "abcd", math.maxinteger) end,
  function() return string.unpack("<I4", "abcd", math.mininteger) end,
  function() return string.pack("!17i4", 1) end,
  function() return string.packsize("c2147483647c2147483647") end,
}
for at, attempt in ipairs(attempts) do
  local ok, value = pcall(attempt)
  if ok and type(value) == "string" and #value > 16 then return "reached by attempt " .. at end
end
return "held"
