-- host: fields of an error that only the kernel gives
local ok, problem = pcall(function()
  Tool.new { name = "x", description = "x", parameters = {}, execute = function()
    error({ type = "permission_denied", code = 4100, where = params.file, context = { grant = "fs.read=/" }, cause = { ["$h"] = { "agent", 1 } } })
  end }:execute {}
end)
return not ok and type(problem) ~= "userdata" and "held" or "reached"
