-- file: a module by the loaders of Lua itself
if not (package and package.searchers) then return "held" end
package.path = params.folder .. "/?.lua"
return require("secret")
