const order = [];
await Hooks.register("before_tool_execution", (context) => { order.push(`hook of ${context.tool}`); });
order.push((await Tools.echo.execute({ value: "answered" })).result);
return order;
