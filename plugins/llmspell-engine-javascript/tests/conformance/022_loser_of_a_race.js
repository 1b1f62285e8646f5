const never = Tools.waitFor.execute({ gate: "later" }).then(() => { throw new Error("too late"); });
const first = await Promise.race([never, Tools.echo.execute({ value: "first" })]);
never.catch(() => {});
await Tools.openGate.execute({ gate: "later" });
return first.result;
