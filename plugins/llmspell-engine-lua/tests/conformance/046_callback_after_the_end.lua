Tools.register({name = "mine", execute = function() return "called" end})
Tools.keep:execute({name = "mine"})
return Tools.get("mine"):execute({}).result
