// host: where the engine thinks the module is
// ends: syntax
return `reached ${JSON.stringify(import.meta)}`;
