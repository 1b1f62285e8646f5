await Tools.tell.execute({ value: "begun" });
for (;;);
