// file: the modules of Node, by their names and their longer names
const names = ["fs", "fs/promises", "child_process", "net", "http", "https", "os", "vm", "worker_threads", "module", "v8", "inspector", "dgram", "dns", "cluster", "repl"];
for (const name of names.flatMap((one) => [one, `node:${one}`])) {
  try { require(name); return `reached ${name}`; } catch {}
}
return "held";
