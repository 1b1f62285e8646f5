// socket: a module from the network
const at = `127.0.0.1:${params.port}/x.js`;
for (const name of [`http://${at}`, `https://${at}`, `data:text/javascript,export default 1`, `blob:http://${at}`, `npm:x`, `jsr:x`]) {
  try { await import(name); return `reached ${name}`; } catch {}
}
return "held";
