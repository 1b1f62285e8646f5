local function tell(value) return Tools.tell:execute({value = value}).result end
local list, map = tell(JSON.array({})), tell({})
tell(list)
tell(map)
