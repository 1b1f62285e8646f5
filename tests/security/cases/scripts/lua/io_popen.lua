-- process: a program whose output is read
if not (io and io.popen) then return "held" end
return io.popen("cat " .. params.file):read("a")
