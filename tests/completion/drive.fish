# drive.fish - completes each line of standard input as fish does, and prints
# what is offered, then "--".  Must not read any user's configuration.
#
#     fish --no-config drive.fish DIRECTORY-OF-THE-COMPLETION
set -g fish_complete_path $argv[1]
while read -l line
    complete -C "$line" | string replace -r '\t.*' ''
    printf '%s\n' '--'
end
