const endless = () => { for (;;); };
function* generator() { yield endless(); }

if (params.place === "handler") {
  await Events.subscribe("looped", endless);
  await Events.emit("looped", {});
  await Async.sleep(60000);
} else if (params.place === "coroutine") {
  [...generator()];
} else if (params.place === "finally") {
  try { throw new Error("left"); } finally { endless(); }
} else {
  await new Tool({ name: "endless", execute: endless }).execute({});
}
