Tools.open_gate:execute({gate = "begun"})
while true do end
