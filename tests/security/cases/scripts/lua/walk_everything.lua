-- host: an object of Python's anywhere in what can be reached
local seen, found = {}, nil
local function walk(value, path)
  if type(value) == "userdata" then found = found or path end
  if type(value) ~= "table" or seen[value] then return end
  seen[value] = true
  for key, item in next, value do
    walk(key, path .. ".key")
    walk(item, path .. "." .. tostring(key))
  end
  walk(getmetatable(value), path .. ".metatable")
end
walk(_G, "_G")
walk(require("llmspell"), "llmspell")
walk(JSON.null, "null")
walk({ pcall(error, setmetatable({}, {})) }, "errors")
return found and "reached " .. found or "held"
