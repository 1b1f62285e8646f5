Async.schedule(50, async () => {
  await Tools.tell.execute({ value: "fired" });
  await Tools.openGate.execute({ gate: "fired" });
});
Async.schedule(60000, () => Tools.tell.execute({ value: "too late" }));
return (await Tools.waitFor.execute({ gate: "fired", value: "over" })).result;
