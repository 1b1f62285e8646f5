const out = [];
for await (const item of Probe.stream()) out.push([item, Date.now()]);
return out;
