// host: the last match that the engine made, by the old properties of RegExp
const first = /held/.exec("held");
await Tools.list();
await State.set("x", "2000-01-01T00:00:00Z");
const left = [RegExp.lastMatch, RegExp.$1, RegExp.input, RegExp.leftContext, RegExp.rightContext].map(String).join(" ");
return first && /llm|"t":|op|door/.test(left) ? `reached ${left}` : "held";
