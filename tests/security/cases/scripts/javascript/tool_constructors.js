// socket: constructors of tools by the names that others have for them
const url = `http://127.0.0.1:${params.port}/`;
for (const name of ["HttpTool", "WebTool", "ApiTool", "ShellTool", "FetchTool"]) {
  try {
    const Kind = globalThis[name] ?? new Function(`return ${name}`)();
    await (await new Kind({ url, base_url: url })).execute({ url });
    return `reached by ${name}`;
  } catch {}
}
return "held";
