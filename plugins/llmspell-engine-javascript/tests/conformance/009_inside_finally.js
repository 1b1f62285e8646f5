async function work() {
  try {
    await Tools.tell.execute({ value: "worked" });
    throw new Error("left");
  } finally {
    await Tools.tell.execute({ value: "closed" });
  }
}
try {
  await work();
} catch {
  return false;
}
