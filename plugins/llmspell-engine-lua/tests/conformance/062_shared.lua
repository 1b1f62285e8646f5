local shared = {1}
local back = Tools.tell:execute({value = {first = shared, second = shared}}).result
return {back.first, back.second}
