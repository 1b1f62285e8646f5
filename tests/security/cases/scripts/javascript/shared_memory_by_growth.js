// host: memory that grows under others' eyes, without its constructor
try {
  const buffer = new ArrayBuffer(8, { maxByteLength: 1024 });
  const kind = Object.getPrototypeOf(buffer).constructor;
  if (kind.name === "SharedArrayBuffer") return "reached";
} catch {}
for (const key of Reflect.ownKeys(globalThis)) {
  const value = Reflect.getOwnPropertyDescriptor(globalThis, key).value;
  if (typeof value === "function" && value.name === "SharedArrayBuffer") return "reached";
}
return "held";
