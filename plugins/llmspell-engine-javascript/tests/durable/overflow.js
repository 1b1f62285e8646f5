let message = null;
const deep = () => deep() + 1;
try { deep(); } catch (error) { message = error.message; }
return [message, typeof message];
