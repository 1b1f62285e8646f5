// host: promises and arrays that the engine makes, by the constructors that the language asks for
let made = 0;
class Mine extends Promise { constructor(run) { made += 1; super(run); } }
try { Object.defineProperty(Promise, Symbol.species, { value: Mine }); } catch {}
try { Object.defineProperty(Array, Symbol.species, { value: class extends Array { constructor() { made += 1; super(); } } }); } catch {}
try { Promise.prototype.constructor = Mine; } catch {}
await Tools.list();
await State.get("x");
return made ? "reached" : "held";
