local pcall, error, pack, told = pcall, error, table.pack, nil
local function attempt()
@SCRIPT@
end
local probe = Workflow.sequential {
  name = "probe",
  steps = { { name = "step", run = function() told = pack(pcall(attempt)) return "done" end } },
}
pcall(function() return probe:execute({}) end)
if not told[1] then error(told[2], 0) end
return told[2]
