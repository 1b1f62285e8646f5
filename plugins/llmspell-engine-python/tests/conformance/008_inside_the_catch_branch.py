try:
    raise ValueError("first")
except ValueError:
    found = (await Tools.echo.execute(value="caught")).result
found
