local jobs = {}
for i = 1, 100 do
  jobs[i] = function() return Tools.meet:execute({value = i, of = 100}).result end
end
return Async.all(jobs)
