#compdef NAME
# Completion of NAME for zsh, printed by NAME --completion zsh.

_NAME() {
    local kind line current text about
    local -a lines values shown
    current=$PREFIX
    [[ -n $QIPREFIX ]] || current=${(Q)PREFIX}
    lines=("${(@f)$("${${(Q)words[1]}/#\~\//$HOME/}" --completion zsh "${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null)}")
    kind=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        text=${line%%$'\t'*} about=${line#*$'\t'}
        values+=("$text")
        # Of several words in one only the last is shown.
        text=${text##*[[:space:]]}
        shown+=("${(r:24:)text}${about:+ $about}")
    done
    case $kind in
    files) _files ;;
    folders) _files -/ ;;
    command*)
        local -i first=${kind#command }+2
        words=("${(@)words[first,-1]}")
        (( CURRENT -= first - 1 ))
        _normal
        ;;
    open) compadd -S '' -V NAME -l -d shown -a values ;;
    words) compadd -V NAME -l -d shown -a values ;;
    *) _files ;;
    esac
}

if [[ $funcstack[1] == _NAME ]]; then
    _NAME "$@"
else
    compdef _NAME NAME
fi
