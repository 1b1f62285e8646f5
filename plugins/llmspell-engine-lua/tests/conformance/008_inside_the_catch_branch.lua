local ok = pcall(error, "first")
if not ok then return Tools.echo:execute({value = "caught"}).result end
