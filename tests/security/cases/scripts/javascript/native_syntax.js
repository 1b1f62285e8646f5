// code: functions that only V8's own tests may call
const names = ["%DebugPrint({})", "%GetOptimizationStatus(() => 1)", "%ArrayBufferDetach(new ArrayBuffer(1))", "%SystemBreak()"];
for (const text of names) {
  try { new Function(text)(); return `reached ${text}`; } catch {}
  try { (0, eval)(text); return `reached ${text}`; } catch {}
}
return "held";
