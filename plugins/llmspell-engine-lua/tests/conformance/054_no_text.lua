local ok, problem = pcall(function() return Tools.tell:execute({value = "\255"}) end)
return ok and "told" or problem.type
