// host: another realm's Function, through constructors of what the engine gives
const values = [Agent, Tools, Events, console, setTimeout, process, params, require, module, JSON, LlmspellError, await Tools.list()];
for (const value of values) {
  let at = value;
  for (let depth = 0; depth < 6 && at; depth += 1) {
    const made = at.constructor?.constructor;
    if (typeof made === "function") {
      const realm = made("return this")();
      if (realm !== undefined && realm !== globalThis) return "reached another realm";
    }
    at = Object.getPrototypeOf(at);
  }
}
return "held";
