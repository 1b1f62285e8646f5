-- run: the values of another run, overwritten and cleared
State.set("kept", "forged")
State.clear()
pcall(Storage.clear)
Async.sleep(60)
return "held"
