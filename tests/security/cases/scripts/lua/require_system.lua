-- variable: what the system tells about the kernel's process, as a module
local names = {
  "/proc/self/environ", "/proc/" .. params.pid .. "/environ", "./../../proc/self/environ", "/dev/fd/3", "/etc/passwd",
}
for _, name in ipairs(names) do
  local ok, found = pcall(require, name)
  if ok then return found end
end
return "held"
