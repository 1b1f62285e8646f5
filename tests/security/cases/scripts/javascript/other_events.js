// run: what another run emits, by its name and by every name
let heard = null;
for (const pattern of ["other_*", "*", "other_beat"]) {
  await Events.subscribe(pattern, (event) => { if (event.name === "other_beat") heard = event.data; });
}
await Async.sleep(150);
return heard ? JSON.stringify(heard) : "held";
