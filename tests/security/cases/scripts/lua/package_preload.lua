-- host: a loader of the script's own for a name of the engine
if not package then return "held" end
package.preload["llmspell"] = function() return "reached" end
return require("llmspell")
