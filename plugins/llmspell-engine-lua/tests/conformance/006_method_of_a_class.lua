local Greeter = {}
Greeter.__index = Greeter
function Greeter:greet() return Tools.echo:execute({value = "hello " .. self.name}).result end
return setmetatable({name = "ada"}, Greeter):greet()
