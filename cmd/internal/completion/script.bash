# Completion of NAME for bash 4 or later, printed by NAME --completion bash.

_NAME_complete() {
    local IFS=$' \t\n' kind='' line word rest i apart=yes
    local -a words=() starts=()
    COMPREPLY=()
    # bash parts words at = and : too. They are put together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then # only up to the cursor
            rest=${COMP_LINE:COMP_POINT}
            rest=${rest%%[[:space:]]*}
            word=${word%"$rest"}
        fi
        if [[ $word == *[!=:]* || $word == '' ]]; then
            if [[ $apart == yes || $word == '' ]]; then
                words+=("$word")
                starts+=("$i")
            else
                words[${#words[@]} - 1]+=$word
            fi
            apart=yes
        elif ((${#words[@]})); then
            words[${#words[@]} - 1]+=$word
            apart=no
        else
            words+=("$word")
            starts+=("$i")
        fi
    done
    {
        IFS= read -r kind
        while IFS= read -r line; do COMPREPLY+=("$2$line"); done
    } < <("${1/#\~\//$HOME/}" --completion bash "${words[@]}" 2>/dev/null)
    case $kind in
    words)
        compopt +o default +o bashdefault 2>/dev/null
        ;;
    open)
        compopt +o default +o bashdefault -o nospace 2>/dev/null
        ;;
    folders)
        compopt +o default +o bashdefault -o dirnames 2>/dev/null
        ;;
    command*)
        i=${kind#command }
        if declare -F _command_offset >/dev/null; then # of bash-completion
            _command_offset "${starts[i]}"
        elif ((i == ${#words[@]} - 1)); then
            IFS=$'\n'
            COMPREPLY=($(compgen -c -- "$2"))
        fi
        ;;
    esac
    # Otherwise files, which bash completes by itself.
}

complete -o bashdefault -o default -F _NAME_complete NAME
