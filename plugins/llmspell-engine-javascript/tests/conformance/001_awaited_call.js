return (await Tools.echo.execute({ value: params.value })).result;
