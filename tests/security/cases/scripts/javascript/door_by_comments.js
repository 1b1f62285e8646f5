// host: the scope around the script, by a comment that swallows what follows
// ends: syntax
return "reached"; /* the rest of the frame
