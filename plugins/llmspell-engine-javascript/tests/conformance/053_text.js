const echo = async (value) => (await Tools.echo.execute({ value })).result;
return [await echo(params.text), (await echo("x".repeat(1 << 20))).length];
