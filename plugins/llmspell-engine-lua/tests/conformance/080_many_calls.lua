local jobs = {}
for i = 1, 10000 do
  jobs[i] = function() Async.sleep(60000) end
end
Async.all(jobs)
