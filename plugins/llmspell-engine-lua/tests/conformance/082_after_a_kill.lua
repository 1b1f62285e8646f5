if params.again then
  return Tools.tell:execute({value = "again"}).result
end
Tool.new({name = "left_behind", execute = function() return 1 end})
while true do end
