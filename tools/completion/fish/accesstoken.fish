# accesstoken.fish - completion for fish.  Reads commands, options and the
# arguments of options from --help, and ids and users from the store, with the
# rights of the user.  Must never print errors, change anything or contact
# another machine.

# Prints a line for each of the first 1000 tokens: id, tab, user.
function __accesstoken_tokens
    string match -q -- 'http*' "$argv[3]" && return
    $argv list --json --limit 1000 2>/dev/null </dev/null |
        string replace -a '{"id":"' \n | string split \n |
        string replace -rf '^(\d+)","user":(?:{[^}]*"name":"([\w.@-]*)")?.*' '$1\t$2'
end

# __accesstoken_values KIND COMMAND TOOL [--store URI]: possible values of
# an argument, by its name in --help.
function __accesstoken_values
    switch $argv[1]
        case FILE
            __fish_complete_path $current
        case URI
            printf '%s\n' tdb: unix: https://
            __fish_complete_path $current
        case ID
            __accesstoken_tokens $argv[3..]
        case USER
            __accesstoken_tokens $argv[3..] | string replace -r '^.*\t' '' |
                string match -r . -e | sort -u
            test $argv[2] = create && __fish_complete_users
        case STATE
            printf '%s\n' active disabled expired
        case FIELD
            printf '%s\n' {,-}{id,user,name,expires,created,used}
        case WORD SERVICE
            $argv[3] pam --json 2>/dev/null </dev/null |
                string replace -rf '.*"logins":\[([^]]*)\].*' '$1' |
                string split , | string trim -c '"' |
                string match -r '^[a-z0-9._-]+$'
    end
end

function __accesstoken
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l tool $words[1]
    set -l text ($tool --help 2>/dev/null </dev/null)
    set -l commands (string replace -rf -- '^  ([a-z][a-z-]*) +' '$1\t' $text)
    set -l store
    set -l command ''
    set -l action ''
    set -l option ''
    set -l kind ''
    set -l given 0
    for word in $words[2..]
        if test -n "$option"
            test $option = --store && set store --store $word
            set option ''
        else if string match -q -- '--store=*' $word
            set store --store (string replace -- --store= '' $word)
        else if string match -q -- '-*' $word
            set kind (__accesstoken_kind $word $text) && set option $word
        else if test -n "$command"
            test $given -eq 0 && set action $word
            set given (math $given + 1)
        else
            set command $word
            set -p text ($tool $word --help 2>/dev/null </dev/null)
            # The command of an alias.
            set -l named (string match -r -- \
                '^usage: accesstoken .--store URI. ([a-z-]+)' $text[1])
            and set command $named[2]
        end
    end

    set -l prefix ''
    if test -z "$option" && string match -q -- '--*=*' $current
        set option (string replace -r '=.*' '' -- $current)
        set prefix $option=
        set current (string replace -r '^[^=]*=' '' -- $current)
        set kind (__accesstoken_kind $option $text)
    end
    if test -n "$option"
        for value in (__accesstoken_values "$kind" "$command" $tool $store)
            echo $prefix$value
        end
    else if string match -q -- '-*' $current
        string match -ar -- '--[a-z][a-z-]*' $text | sort -u
    else if test -z "$command" -o "$command" = help
        printf '%s\n' $commands help\t'show how a command is used'
    else
        set -l place (string match -r -- \
            "^usage: accesstoken .--store URI. $command ([A-Z]+)(\.*)" $text)
        if test -n "$place" && test $given -eq 0 -o -n "$place[3]"
            __accesstoken_values $place[2] $command $tool $store
        else if test $given -eq 0
            string replace -rf -- "^.*URI\] $command ([a-z]+) .*" '$1' $text
        else if test $given -eq 1
            set place (string match -r -- "URI. $command $action ([A-Z]+)" $text)
            test -n "$place" && __accesstoken_values $place[2] $command $tool
        end
    end
end

# __accesstoken_kind OPTION TEXT...: the name of the argument of the option.
function __accesstoken_kind
    string match -r -- "(?:^|[^a-z-])$argv[1] ([A-Z]+)" $argv[2..] |
        string match -r '^[A-Z]+$' | head -n 1 | string match -r .+
end

complete -c accesstoken -f -a '(__accesstoken)'
