# Completion of llmspell for fish 3 and later.
# For this shell:    llmspell completion fish | source
# For every shell:   llmspell completion fish > ~/.config/fish/completions/llmspell.fish

function __llmspell_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
    test (count $answer) -gt 0; or return
    switch $answer[1]
        case file
            __llmspell_paths "$current"
        case folder
            __llmspell_paths "$current" | string match -r -- '^.*/(?=\t|$)'
    end
    printf '%s\n' $answer[2..-1]
end

# Paths that begin with what is typed, as fish itself finds them; behind `--flag=` only the rest is a path.
function __llmspell_paths
    set -l flag (string match -r -- '^--[^=]*=' "$argv[1]")
    set -l start (string replace -r -- '^--[^=]*=' '' "$argv[1]")
    for path in (complete -C "__llmspell_any_command $start")
        echo "$flag$path"
    end
end

complete -c llmspell -f -a '(__llmspell_complete)'
