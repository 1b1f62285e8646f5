local function outer(value)
  local function inner() return Tools.echo:execute({value = value}).result end
  return inner()
end
return outer("deep")
