Tools.tell:execute({value = 1})
Tools.tell:execute({value = 1.0})
return {math.type(Tools.echo:execute({value = 1}).result), math.type(Tools.echo:execute({value = 1.0}).result)}
