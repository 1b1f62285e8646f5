// host: the engine's own door among the names of the global object
const names = [...Object.getOwnPropertyNames(globalThis), ...Object.getOwnPropertySymbols(globalThis).map(String)];
const found = names.filter((name) => /llm(?!spellError)|door|drain|feed|prelude/i.test(name));
return found.length ? `reached ${found}` : "held";
