Tools.register({
  name = "mine",
  parameters = {value = "integer"},
  execute = function(given) return Tools.echo:execute({value = given.value + 1}).result end,
})
return {
  Tools.call:execute({name = "mine", input = {value = 1}}).result,
  Tools.call_from_thread:execute({name = "mine", input = {value = 2}}).result,
}
