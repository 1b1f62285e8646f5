local function deep(n) if n == 0 then local x = nil; return x.field.more end return 1 + deep(n - 1) end
deep(5)
