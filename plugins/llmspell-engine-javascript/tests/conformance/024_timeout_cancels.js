const fault = await Async.timeout(() => Tools.waitFor.execute({ gate: "never" }), 50).catch((one) => one);
const cancelled = await Tools.waitFor.execute({ gate: "never given up", value: "cancelled" });
return [false, fault.type, cancelled.result];
