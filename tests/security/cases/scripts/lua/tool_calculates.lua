-- host: Python by an expression of the calculator
local expressions = {
  "__import__('os').environ", "(1).__class__.__base__.__subclasses__()", "open('" .. params.file .. "').read()",
  "[c for c in ().__class__.__mro__]", "lambda: 1", "exec('1')", "getattr(1, 'real')", "9**9**9", "f'{1}'",
}
for _, expression in ipairs(expressions) do
  local ok, answer = pcall(function() return Tools.get("calculator"):execute { expression = expression } end)
  if ok then return "reached by " .. expression .. tostring(answer) end
end
return "held"
