local function nap() Async.sleep(50) end
Async.all({nap, nap})
return "awake"
