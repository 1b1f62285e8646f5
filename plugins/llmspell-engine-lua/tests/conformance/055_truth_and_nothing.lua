local function echo(value) return Tools.echo:execute({value = value}).result end
return {echo(true), echo(false), echo(nil) == nil, echo({inside = JSON.null}).inside == nil}
