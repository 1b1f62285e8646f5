let second;
try {
  try {
    throw new Error("first");
  } catch {
    throw new Error("second");
  }
} catch (e) {
  second = e;
}
await Tools.tell.execute({ value: "caught" });
throw second;
