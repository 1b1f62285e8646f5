-- host: memory beside the captures of a match
for _, pattern in ipairs { ("("):rep(33) .. (")"):rep(33), "%1", "(()%1)", "(x", "[", "[%", "%f", "%b", "%bx", "[a-]", "[^]", "(%9)", "[]" } do
  for _, find in ipairs { string.find, string.match, string.gsub } do
    pcall(find, "xxxx", pattern, "%9")
  end
end
return "held"
