local function layer(inner)
  return coroutine.wrap(function() return inner() + Tools.echo:execute({value = 1}).result end)
end
return layer(layer(layer(function() return Tools.echo:execute({value = 39}).result end)))()
