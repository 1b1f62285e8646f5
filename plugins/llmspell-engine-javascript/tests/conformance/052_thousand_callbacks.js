async function rounds(count) {
  for (let i = 0; i < count; i++) {
    const handler = () => count;
    await Events.unsubscribe(await Events.subscribe("ping", handler));
  }
  await Events.flush();
  return (await Tools.callbacks.execute()).result;
}
const before = await rounds(10);
return (await rounds(1000)) - before;
