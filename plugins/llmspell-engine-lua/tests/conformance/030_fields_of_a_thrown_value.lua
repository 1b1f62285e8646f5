local bad = Tool.new({name = "bad", execute = function() error({message = "no", order = 7, items = {1, 2}}) end})
local _, e = pcall(function() bad:execute({}) end)
return {e.message, e.value.order, e.value.items}
