local seen = {left_behind ~= nil, string.left_behind ~= nil, getmetatable(JSON.null) and true or false}
left_behind = true
string.left_behind = true
return seen
