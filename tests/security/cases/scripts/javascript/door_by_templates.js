// host: the scope around the script, by a text that is never closed
// ends: syntax
return `reached ${1
