async function work() {
  try {
    await Tools.fail.execute();
  } catch (e) {
    throw e;
  }
}
try {
  await work();
} catch (e) {
  throw e;
}
