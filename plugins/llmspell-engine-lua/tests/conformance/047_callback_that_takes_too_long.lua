local slow = Tool.new({
  name = "slow",
  timeout = "30ms",
  execute = function() return Tools.wait_for:execute({gate = "never"}).result end,
})
local ok, e = pcall(function() slow:execute({}) end)
return {ok, e.type, Tools.echo:execute({value = "going on"}).result}
