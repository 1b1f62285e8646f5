-- A part of cross_language.*: a Lua hook that bounds what any agent of the run asks of the tool `spread`.

Hooks.register("before_tool_execution", {
    when = { tool = "spread" },
    handler = function(context)
        if #context.input.numbers > params.most then
            return { refuse = ("more than %d numbers"):format(params.most) }
        end
    end,
})
