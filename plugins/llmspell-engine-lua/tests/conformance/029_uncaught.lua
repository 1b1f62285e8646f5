local function inner()
  error("boom")
end
local function outer() inner() return 1 end
outer()
