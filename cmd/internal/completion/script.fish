# Completion of NAME for fish, printed by NAME --completion fish.

function __NAME_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -e words[1]
    set -l lines ($program --completion fish $words "$current" 2>/dev/null)
    set -l kind (string split ' ' -- "$lines[1]")
    set -e lines[1]
    switch "$kind[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current" ''
        case command
            set -l first (math $kind[2] + 1)
            test $first -gt (count $words); and set words; or set words (string escape -- $words[$first..-1])
            complete -C "$(string join ' ' -- $words "$current")"
        case '*'
            string join \n -- $lines
    end
end

complete -c NAME -f -k -a '(__NAME_complete)'
