local list = {1}
local back = Tools.tell:execute({value = list}).result
list[1], back[1] = 2, 3
return Tools.tell:execute({value = {1}}).result
