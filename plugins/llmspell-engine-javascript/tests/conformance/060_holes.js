const back = (await Tools.tell.execute({ value: [1, , 3, null] })).result;
await Tools.tell.execute({ value: back });
return back.length;
