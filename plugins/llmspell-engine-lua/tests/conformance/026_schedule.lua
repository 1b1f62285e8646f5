Async.schedule(50, function()
  Tools.tell:execute({value = "fired"})
  Tools.open_gate:execute({gate = "fired"})
end)
Async.schedule(60000, function() Tools.tell:execute({value = "too late"}) end)
return Tools.wait_for:execute({gate = "fired", value = "over"}).result
