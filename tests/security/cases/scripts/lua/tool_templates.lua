-- host: Python by an expression of a template
local templates = {
  "{{ ''.__class__.__mro__ }}", "{{ self.__init__.__globals__ }}", "{{ params }}{{ config }}", "{% include '" .. params.file .. "' %}",
  "{{ env." .. params.variable .. " }}", "{% import 'os' as os %}{{ os.environ }}", "${" .. params.variable .. "}",
  "{{ [].append.__self__ }}", "{{ x|attr('__class__') }}", "{{ ''.format.__func__ }}",
}
for _, template in ipairs(templates) do
  local ok, answer = pcall(function() return Tools.get("template_processor"):execute { template = template, variables = { x = "y" } } end)
  local text = ok and JSON.encode(answer.result) or ""
  if text:find("class", 1, true) and not text:find("{{", 1, true) then return "reached " .. text end
end
return "held"
