// host: files of the machine, by names of locales, zones and calendars
for (const name of ["../../../etc/passwd", "en-u-ca-../../x", "/etc/localtime", "x".repeat(1e5)]) {
  try { new Intl.DateTimeFormat(name).format(); return `reached ${name}`; } catch {}
  try { new Intl.DateTimeFormat("en", { timeZone: name }).format(); return `reached ${name}`; } catch {}
}
return "held";
