// file: the tool that writes, without the right
try { await (await Tools.get("file_writer")).execute({ path: `${params.folder}/mark`, content: "x" }); return "reached"; } catch {}
return "held";
