local subject = ("a"):rep(40)
return subject:find(("a?"):rep(40) .. subject)
