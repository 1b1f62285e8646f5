# Completion of llmspell for bash 3.2 and later.
# For this shell:    eval "$(llmspell completion bash)"
# For every shell:   llmspell completion bash > ~/.local/share/bash-completion/completions/llmspell
#                    (or put the first line into ~/.bashrc where bash-completion is not installed)

_llmspell_completion() {
    local kind="" line
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then
            kind=$line
        else
            COMPREPLY+=("${line%%$'\t'*}")
        fi
    done < <("$1" __complete --line "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    case $kind in
        file | folder)
            local only=-f
            [ "$kind" = folder ] && only=-d
            local current=$2
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$only" -- "$current")
            compopt -o filenames 2>/dev/null
            ;;
    esac
    case ${COMPREPLY[0]-} in
        *=) compopt -o nospace 2>/dev/null ;;
    esac
    return 0
}

complete -F _llmspell_completion llmspell
