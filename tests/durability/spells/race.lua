-- The first one wins; the others are given up in the middle of what they do.
local ended = {}
local function slow() Async.sleep(3600000); ended[#ended + 1] = "slow" end
local function busy() Tools.get("renew"):execute({ name = "never", wait = 3600 }); ended[#ended + 1] = "busy" end
local function fast() Tools.get("look"):execute({ name = "fast" }); Async.sleep(5); return "fast" end
local first = Async.race({ slow, busy, fast })
Tools.get("mark"):execute({ name = "after" })
local second = Async.race({ fast, slow })
return { first = first, second = second, ended = #ended }
