local odd = {5, "text"}
local found = {}
for i = 1, 3 do
  local bad = Tool.new({name = "bad", execute = function() error(odd[i], 0) end})
  local ok, e = pcall(function() bad:execute({}) end)
  found[i] = {ok, type(e.message), (e.message:find(tostring(odd[i]), 1, true) or 0) > 0}
end
return found
