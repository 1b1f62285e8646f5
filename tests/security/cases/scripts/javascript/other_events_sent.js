// run: a handler of another run, by an event of this one
await Events.emit("other_beat", { forged: true });
await Events.emit({ type: "other_beat", source: "other", data: { forged: true } });
await Async.sleep(60);
return "held";
