local job = Tool.new({name = "job", parameters = {name = "string"}, execute = function(given)
  Tools.tell:execute({value = given.name .. " begins"})
  if given.name == "a" then
    Tools.wait_for:execute({gate = "b done"})
  else
    Tools.wait_for:execute({gate = "b done awaited"})
  end
  Tools.tell:execute({value = given.name .. " ends"})
  Tools.open_gate:execute({gate = given.name .. " done"})
  return given.name
end})
return Agent.new({name = "x", tools = {job}}):chat("go")
