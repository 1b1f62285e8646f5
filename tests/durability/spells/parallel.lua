-- Effects side by side, of which those that were begun first end last.
local jobs = {}
for number = 1, 4 do
  jobs[number] = function()
    Async.sleep(4 * (5 - number))
    return Tools.get("look"):execute({ name = "look" .. number }).result
  end
end
jobs[5] = function() Tools.get("mark"):execute({ name = "five" }); return "five" end
jobs[6] = function() Tools.get("mark"):execute({ name = "six", wait = 0.01 }); return "six" end
return Async.all(jobs)
