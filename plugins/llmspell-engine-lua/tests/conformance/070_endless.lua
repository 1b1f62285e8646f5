Tools.tell:execute({value = "begun"})
while true do end
