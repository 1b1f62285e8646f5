Tools.tell:execute({value = "counted"})
return {word = "module"}
