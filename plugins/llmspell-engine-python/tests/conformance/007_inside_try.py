try:
    found = [True, (await Tools.echo.execute(value="tried")).result]
except Exception:
    found = [False, None]
found
