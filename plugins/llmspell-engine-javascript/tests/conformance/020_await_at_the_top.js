const one = await Tools.echo.execute({ value: "top" });
return one.result;
