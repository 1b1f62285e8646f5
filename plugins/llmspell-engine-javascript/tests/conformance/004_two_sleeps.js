await Promise.all([Async.sleep(50), Async.sleep(50)]);
return "awake";
