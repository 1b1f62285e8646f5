// host: functions of the engine that call the script, by the old ways to name them
function sloppy() { return [sloppy.caller, sloppy.arguments, arguments.callee?.caller]; }
let seen = [];
try { seen = sloppy(); } catch {}
let inside = null;
try { await Agent.new({ get name() { inside = sloppy(); return "x"; } }); } catch {}
for (const value of [...seen, ...(inside ?? [])]) {
  if (typeof value === "function" && value !== sloppy && !/native|attempt|\$llmMain|get name/.test(Function.prototype.toString.call(value))) return `reached ${value.name}`;
}
return "held";
