let text = "";
for await (const part of new Agent({ name: "a" }).stream("go")) {
  if (part.type === "text") text += part.text;
}
return text;
