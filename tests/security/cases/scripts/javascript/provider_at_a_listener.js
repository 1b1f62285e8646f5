// socket: a provider whose address is the listener's
for (const name of ["openai", "anthropic", "ollama"]) {
  try {
    await Config.configureProvider(name, { baseUrl: `http://127.0.0.1:${params.port}`, apiKey: "x" });
    return `reached ${await (await Agent.new({ name, model: `${name}/x` })).chat("hello")}`;
  } catch {}
}
return "held";
