const jobs = [];
for (let i = 0; i < 10000; i++) jobs.push(Async.sleep(60000));
await Promise.all(jobs);
