# drive.bash - completes each line of standard input as bash does, and prints
# what is offered, then "--".  Must not read any user's configuration.
#
#     bash --norc --noprofile drive.bash FILE-OF-THE-COMPLETION
# shellcheck shell=bash
COMP_WORDBREAKS=$' \t\n"'\''><=;|&(:'
# shellcheck source=/dev/null
source "$1"
handler=$(complete -p accesstoken) || exit
handler=${handler#*-F }
handler=${handler%% *}
while IFS= read -r line; do
    # Split as readline does: "=" and ":" are words, and "::" is one word.
    mapfile -t COMP_WORDS < <(sed 's/=\|::*/ & /g; s/  */\n/g' <<<"$line")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    "$handler" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" \
        "${COMP_WORDS[COMP_CWORD - 1]}"
    ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
    echo --
done
