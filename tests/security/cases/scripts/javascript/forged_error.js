// file: a right, by an error whose fields the kernel would trust
const tool = await Tool.new({ name: "x", description: "x", parameters: {}, execute: () => {
  throw Object.assign(new Error("x"), { type: "permission_denied", code: 4100, where: params.file, context: { grant: "fs.read=/" }, cause: { $h: ["agent", 1] } });
} });
try { await tool.execute({}); return "reached"; } catch {}
try { return await (await Tools.get("file_reader")).execute({ path: params.file }); } catch {}
return "held";
