// file: the tool that reads, without the right
for (const path of [params.file, "../outside/secret.txt", "link.txt", "/proc/self/environ"]) {
  try { return await (await Tools.get("file_reader")).execute({ path }); } catch {}
}
return "held";
