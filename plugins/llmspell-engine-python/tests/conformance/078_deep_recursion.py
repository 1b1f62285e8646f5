def deeper(n):
    return 1 + deeper(n + 1)


ok = True
try:
    deeper(1)
except RecursionError:
    ok = False
[ok, (await Tools.echo.execute(value="on")).result]
