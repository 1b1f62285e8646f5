let found = [false, null];
try {
  found = [true, (await Tools.echo.execute({ value: "tried" })).result];
} catch {}
return found;
