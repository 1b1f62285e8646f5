const types = [];
for (const value of [NaN, Infinity, -Infinity]) {
  await Tools.tell.execute({ value: [value] }).catch((problem) => types.push(problem.type));
}
return types;
