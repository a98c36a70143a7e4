# drive.fish - complete each line of standard input as fish does, and print
# what is offered, then "--".  Never looks at what anybody has set up.
#
#     fish --no-config drive.fish DIRECTORY-OF-THE-COMPLETION
set -g fish_complete_path $argv[1]
while read -l line
    complete -C "$line" | string replace -r '\t.*' ''
    printf '%s\n' '--'
end
