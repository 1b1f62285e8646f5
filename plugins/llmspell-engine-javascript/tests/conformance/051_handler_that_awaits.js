const heard = [];
await Events.subscribe("ping", async (event) => {
  heard.push((await Tools.echo.execute({ value: event.data.by })).result);
});
await Events.emit("ping", { by: 1 });
await Events.emit("ping", { by: 2 });
await Events.flush();
return heard;
