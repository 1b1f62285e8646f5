// file: a module by a name that is only known when it runs
const name = [".", ".", "/outside/secret.js"].join("");
try { return require(name); } catch {}
try { return (await import(name)).default; } catch {}
return "held";
