keys = {"1": "one", "__proto__": "proto", "constructor": "made", "ключ": "unicode", "$h": "form", "": "empty"}
back = (await Tools.tell.execute(value=keys)).result
await Tools.tell.execute(value={10: "ten"})
[back[key] for key in keys]
