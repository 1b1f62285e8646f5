local list = {3, 1, 2}
table.sort(list, function(a, b) return Tools.echo:execute({value = a}).result < b end)
return list
