new Date().toLocaleString("no locale at all");
