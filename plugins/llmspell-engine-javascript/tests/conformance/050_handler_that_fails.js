const heard = [];
await Events.subscribe("ping", () => { throw new Error("broken"); });
await Events.subscribe("ping", (event) => { heard.push(event.data.by); });
await Events.emit("ping", { by: 1 });
await Events.emit("ping", { by: 2 });
await Events.flush();
return heard;
