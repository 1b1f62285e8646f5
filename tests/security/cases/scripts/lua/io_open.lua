-- file: the library io
if not io then return "held" end
return io.open(params.file):read("a")
