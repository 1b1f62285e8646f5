local real = {echo = Tools.echo, type = type}
string.format, string.sub, string.rep, table.concat, table.unpack = error, error, error, error, error
pairs, ipairs, next, type, tostring, pcall, select, setmetatable, error = nil, nil, nil, nil, nil, nil, nil, nil, nil
setmetatable = nil
coroutine.yield, coroutine.resume, coroutine.wrap, math.floor, math.type = nil, nil, nil, nil, nil
_G.print = nil
return real.echo:execute({value = {list = {1, "two"}, map = {["$h"] = 1.5}}}).result
