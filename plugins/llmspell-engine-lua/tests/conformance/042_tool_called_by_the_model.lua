local shout = Tool.new({
  name = "shout",
  parameters = {text = {type = "string"}},
  execute = function(given) return {loud = Tools.echo:execute({value = given.text:upper()}).result} end,
})
return Agent.new({name = "a", tools = {shout}}):chat("go")
