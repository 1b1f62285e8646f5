let deep = [];
for (let i = 0; i < 100; i++) deep = [deep];
const cycle = {};
cycle.again = [cycle];
const messages = [];
for (const value of [deep, cycle]) {
  await Tools.tell.execute({ value }).catch((problem) => {
    if (problem.type === "conversion") messages.push(problem.message);
  });
}
return messages;
