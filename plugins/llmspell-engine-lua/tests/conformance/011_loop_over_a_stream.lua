local text = ""
for part in Agent.new({name = "a"}):stream("go") do
  if part.type == "text" then text = text .. part.text end
end
return text
