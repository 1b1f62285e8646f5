local bad = Tool.new({name = "bad", execute = function() error("no") end})
local ok, e = pcall(function() bad:execute({}) end)
return {ok, e.message:find("no$") ~= nil, Tools.echo:execute({value = "going on"}).result}
