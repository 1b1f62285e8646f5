await Tools.tell.execute(value=1)
await Tools.tell.execute(value=1.0)
names = {int: "integer", float: "float"}
[names[type((await Tools.echo.execute(value=one)).result)] for one in (1, 1.0)]
