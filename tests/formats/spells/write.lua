-- Leave something of every kind in the store.
local shared = State.scope("shared")
shared:set("seats", 20)
shared:set("seats", { free = 19, text = "\u{e9}t\u{e9} \u{1F600}", list = { 1, 2.5, true }, big = 9007199254740991 })
shared:set("gone", 1)
shared:delete("gone")
shared:migrate({ steps = { function(value, key)
  if key == "seats" then
    value.total = 20
    return value
  end
end } })
State.increment("days")
Storage.set("shelf", { book = "Moby Dick", pages = 635 })
Storage.set("long", string.rep("long ", 1000))
local diary = Agent.new({ name = "diary", memory = { persist = "evenings" } })
diary:chat("It rained.")
diary:remember("birthday", "10 December")
