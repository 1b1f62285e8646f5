local _, e = pcall(function() Tools.fail:execute() end)
return {e.message, e.code, e.type, e.recoverable, e.suggestions, e.retry_after, e.context.asked}
