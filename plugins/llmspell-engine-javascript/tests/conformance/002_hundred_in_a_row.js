let sum = 0;
for (let i = 1; i <= 100; i++) {
  sum += (await Tools.tell.execute({ value: i })).result;
}
return sum;
