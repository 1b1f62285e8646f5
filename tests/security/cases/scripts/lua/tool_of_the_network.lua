-- socket: tools and constructors by the names that others have for them
local url = "http://127.0.0.1:" .. params.port .. "/"
for _, name in ipairs { "http_request", "web_search", "fetch", "url_analyzer", "graphql_query" } do
  local ok = pcall(function() return Tools.get(name):execute { url = url } end)
  if ok then return "reached by " .. name end
end
for _, name in ipairs { "HttpTool", "WebTool", "ApiTool", "SocketTool" } do
  local ok = pcall(function() return _G[name].new { url = url, base_url = url }:execute { url = url } end)
  if ok then return "reached by " .. name end
end
return "held"
