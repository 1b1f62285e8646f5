const jobs = [];
for (let i = 1; i <= 100; i++) {
  jobs.push(Tools.meet.execute({ value: i, of: 100 }));
}
return (await Promise.all(jobs)).map((one) => one.result);
