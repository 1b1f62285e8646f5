let box = await Probe.box();
box.mine = 1;
box = null;
for (let i = 0; i < 700; i += 1) await Probe.box();
box = await Probe.box();
return [box.mine, box.name, Object.keys(box), `${box}`, await box.open({ b: 1, a: 2 }), box === (await Probe.box())];
