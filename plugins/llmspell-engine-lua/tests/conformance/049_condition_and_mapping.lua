Hooks.register("before_tool_execution", {
  when = function(context) return context.input.value == 1 end,
  handler = function(context) context.input.value = 100 return context end,
})
Hooks.register("before_tool_execution", Hooks.create_transformer(function(input)
  if input.value == 2 then input.value = Tools.echo:execute({value = 200}).result end
  return input
end))
return {
  Tools.echo:execute({value = 1}).result,
  Tools.echo:execute({value = 2}).result,
  Tools.echo:execute({value = 3}).result,
}
