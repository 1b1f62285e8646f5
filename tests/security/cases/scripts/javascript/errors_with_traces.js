// host: paths of the engine's own files, in what an error shows
const texts = [];
for (const attempt of [() => Agent.get("nobody"), () => Tools.get("nothing"), () => State.set("x", () => 1), () => require("./nothing"), () => Config.set("no.such.key", 1n)]) {
  try { await attempt(); } catch (error) {
    texts.push(String(error), String(error.stack), JSON.stringify(error), ...Object.getOwnPropertyNames(error).map((name) => String(error[name])));
  }
}
const found = texts.find((text) => /site-packages|\.py[":,]|Traceback|engine_child/.test(text));
return found ? `reached ${found}` : "held";
