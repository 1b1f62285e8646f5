one = await Tools.echo.execute(value="top")
one.result
