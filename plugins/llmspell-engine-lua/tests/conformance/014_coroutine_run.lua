local work = coroutine.create(function(first)
  local one = coroutine.yield(Tools.echo:execute({value = 1}).result)
  return Tools.echo:execute({value = 2}).result
end)
return Async.run(work)
