Hooks.register("before_agent_execution", function(context)
  context.input.content = Tools.echo:execute({value = "changed"}).result
  return context
end)
return Agent.new({name = "a"}):chat("as it was")
