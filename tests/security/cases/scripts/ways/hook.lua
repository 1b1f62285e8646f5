local pcall, error, pack, begun, told = pcall, error, table.pack, false, nil
local probe = Tool.new { name = "probe", description = "A tool", parameters = {}, execute = function() return "done" end }
local function attempt()
@SCRIPT@
end
Hooks.register("before_tool_execution", function()
  if begun then return end -- a tool that the script itself calls
  begun = true
  told = pack(pcall(attempt))
end)
pcall(function() return probe:execute({}) end)
if not told[1] then error(told[2], 0) end
return told[2]
