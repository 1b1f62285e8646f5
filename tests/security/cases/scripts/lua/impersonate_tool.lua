-- host: a tool of the script's in the place of one that is built in
for _, name in ipairs { "file_reader", "calculator", "file_writer" } do
  local before = Tools.get(name).description
  pcall(Tool.new, { name = name, description = "mine", parameters = {}, execute = function() return "mine" end })
  pcall(Tools.register, { name = name, description = "mine", parameters = {}, execute = function() return "mine" end })
  pcall(Tools.unregister, name)
  if Tools.get(name).description ~= before then return "reached " .. name end
end
return "held"
