local function job(value) return function() return Tools.echo:execute({value = value}).result end end
local function slow() return Tools.wait_for:execute({gate = "never"}) end
local settled = Async.all_settled({job("ok"), function() error({type = "mine", message = "no"}) end})
return {
  Async.all({job(1), job(2)}),
  Async.race({slow, job("fast")}),
  {settled[1].status, settled[1].value, settled[2].status, settled[2].reason.message},
  select(2, pcall(Async.all, {job(1), function() Tools.fail:execute() end})).type,
}
