local out = {}
for i, mode in ipairs{ "k", "v", "kv" } do
  local ok, fault = pcall(setmetatable, {}, { __mode = mode })
  out[i] = { ok, fault.message }
end
local ok, fault = pcall(setmetatable, {}, { __gc = function() end })
return { out, ok, fault.message }
