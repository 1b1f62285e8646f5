shared = [1]
back = (await Tools.tell.execute(value={"first": shared, "second": shared})).result
[back["first"], back["second"]]
