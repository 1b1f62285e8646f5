local Class = {}
Class.__index = Class
local set, out = {}, {}
for i = 1, 40 do
  local made = setmetatable({}, Class)
  set[made] = true
  made.number = i
end
for one in pairs(set) do out[#out + 1] = one.number end
return out
