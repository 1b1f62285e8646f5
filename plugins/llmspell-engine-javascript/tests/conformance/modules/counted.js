await Tools.tell.execute({ value: "counted" });
export const word = "module";
