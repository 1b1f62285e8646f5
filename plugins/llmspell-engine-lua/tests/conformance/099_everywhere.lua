local heard = {}
Events.subscribe("heard", function(event) heard[#heard + 1] = event.data.word end)
local double = Tool.new({name = "double", parameters = {value = {}}, execute = function(a) return a.value * 2 end})
Events.emit("heard", {word = "first"})
local both = Async.all({
  function() return double:execute({value = 4}).result end,
  function() return Tools.echo:execute({value = "echo"}).result end,
})
local _, problem = pcall(function() Tools.fail:execute({message = "no"}) end)
Events.flush()
print(JSON.encode(both))
return {both, problem.type, heard}
