local ok, problem = pcall(require, "modules.about")
return {ok = ok, type = ok or problem.type}
