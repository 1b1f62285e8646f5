-- code: the parser's own stack, by sources that nest
for _, source in ipairs {
  "return " .. ("("):rep(5000) .. "1" .. (")"):rep(5000),
  ("do "):rep(5000) .. ("end "):rep(5000),
  "return " .. ("{"):rep(5000) .. ("}"):rep(5000),
  ("function f() "):rep(300) .. ("end "):rep(300),
  "return " .. ("-"):rep(100000) .. "1",
  "return " .. ("a."):rep(100000) .. "b",
  "x = " .. ("1 .. "):rep(100000) .. "1",
} do
  load(source)
end
return "held"
