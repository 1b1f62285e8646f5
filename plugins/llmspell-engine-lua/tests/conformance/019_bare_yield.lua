local order = {}
Async.all({
  function() order[#order + 1] = "a1" coroutine.yield() order[#order + 1] = "a2" end,
  function() order[#order + 1] = "b1" coroutine.yield() order[#order + 1] = "b2" end,
})
coroutine.yield()
return order
