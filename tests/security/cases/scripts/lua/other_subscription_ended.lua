-- run: the subscription of another run, ended by its pattern
local ok, ended = pcall(Events.unsubscribe, "other_*")
return ok and ended and "reached" or "held"
