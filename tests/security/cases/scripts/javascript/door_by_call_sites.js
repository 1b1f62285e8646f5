// host: functions of the engine on the stack, by V8's own call sites
let found = null;
Error.prepareStackTrace = (_, sites) => {
  for (const site of sites) {
    const fn = site.getFunction?.();
    const self = site.getThis?.();
    if (fn && fn !== probe) found ??= `a function ${fn.name}`;
    if (self && self !== globalThis && self !== undefined) found ??= "an object";
  }
  return "";
};
function probe() { return new Error("x").stack; }
probe();
[1].map(probe);
try { await Agent.new({ name: { toString: probe } }); } catch (error) { String(error.stack); }
delete Error.prepareStackTrace;
return found ? `reached ${found}` : "held";
