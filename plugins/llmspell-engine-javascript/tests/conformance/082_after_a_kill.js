if (params.again) return (await Tools.tell.execute({ value: "again" })).result;
await Tool.new({ name: "left_behind", execute: () => 1 });
for (;;);
