// host: the name of the door in what a stack shows
Error.stackTraceLimit = Infinity;
const stacks = [];
try { null.x; } catch (error) { stacks.push(error.stack); }
try { await Agent.get("nobody"); } catch (error) { stacks.push(error.stack, String(error.cause?.stack)); }
try { (function deep() { deep(); })(); } catch (error) { stacks.push(error.stack); }
const text = stacks.join("\n");
const named = /\$llm[0-9a-f]{8,}|prelude|driver\.js|context\.js/.exec(text);
return named ? `reached ${named[0]}` : "held";
