const job = (value) => async () => (await Tools.echo.execute({ value })).result;
const slow = () => Tools.waitFor.execute({ gate: "never" });
const settled = await Async.allSettled([job("ok"), () => { throw new Error("no"); }]);
return [
  await Async.all([job(1), job(2)]),
  await Async.race([slow, job("fast")]),
  [settled[0].status, settled[0].value, settled[1].status, settled[1].reason.message],
  await Async.all([job(1), () => Tools.fail.execute()]).catch((fault) => fault.type),
];
