// host: an operation of the kernel's own, through a name with quotes in it
const names = ['new","op":"Module.load', "@construct", "@get", "@call", "load.x", "__proto__x", "_session", "app"];
for (const space of [Agent, Spell, Events, Config, State]) {
  for (const name of names) {
    let found;
    try { found = await space[name]; } catch {}
    if (typeof found === "function") return `reached ${name}`;
  }
}
return "held";
