// run: an agent that another run has made
try { await Agent.get("other_agent"); return "reached"; } catch {}
return (await Agent.list()).some((agent) => agent.name === "other_agent") ? "reached" : "held";
