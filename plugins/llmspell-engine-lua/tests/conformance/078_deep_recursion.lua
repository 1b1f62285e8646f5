local function deeper(n) return 1 + deeper(n + 1) end
local ok = pcall(deeper, 1)
return {ok, Tools.echo:execute({value = "on"}).result}
