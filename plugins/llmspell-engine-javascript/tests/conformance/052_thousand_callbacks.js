async function hundred() {
  const handlers = Array.from({ length: 100 }, (_, i) => () => i);
  const subscriptions = await Promise.all(handlers.map((one) => Events.subscribe("ping", one)));
  await Promise.all(subscriptions.map((one) => Events.unsubscribe(one)));
}
async function held() {
  await Events.flush();
  return (await Tools.callbacks.execute()).result;
}
await hundred();
const before = await held();
for (let i = 0; i < 10; i++) await hundred();
return (await held()) - before;
