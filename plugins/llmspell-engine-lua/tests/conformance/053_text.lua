local function echo(value) return Tools.echo:execute({value = value}).result end
return {echo(params.text), #echo(("x"):rep(1 << 20))}
