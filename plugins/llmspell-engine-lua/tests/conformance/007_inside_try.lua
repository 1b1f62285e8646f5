local ok, value = pcall(function() return Tools.echo:execute({value = "tried"}).result end)
return {ok, value}
