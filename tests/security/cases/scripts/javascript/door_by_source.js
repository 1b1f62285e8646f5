// host: the text of the engine's functions, and names in it that lead on
const texts = [require, setTimeout, console.log, Agent.new, print, Events.subscribe, structuredClone].map((fn) => Function.prototype.toString.call(fn)).join("\n");
const named = /\$llm[0-9a-f]{8,}/.exec(texts);
return named ? `reached ${named[0]}` : "held";
