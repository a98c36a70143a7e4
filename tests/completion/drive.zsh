# drive.zsh - completes each line of standard input as zsh does in a terminal,
# and prints what is offered, then "--".  Must not read any user's
# configuration.  Writes what the terminal shows to the file SHOWN.
#
#     zsh -f drive.zsh DIRECTORY-OF-THE-COMPLETION SHOWN
zmodload zsh/zpty
export COMPLETIONS=$1 OFFERED=$2.offered
: >$OFFERED

# Everything that is offered goes through compadd.  With -O, -A and -D compadd
# only filters, and offers nothing.
cat >$2.setup <<'END'
PS1= PS2= RPS1= LISTMAX=10000
unsetopt beep prompt_sp
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    local -a _offered
    if [[ "${argv[1,(i)(-|--)]}" != (*\ |)-[OAD]* ]]; then
        builtin compadd -O _offered "$@"
        print -rl -- $_offered >>$OFFERED
    fi
    builtin compadd "$@"
}
END

# await: wait for the next line "--", which ends an answer.
await() {
    local shown waited=0
    ((++asked))
    until [[ $(grep -cxe -- $OFFERED) -ge $asked ]]; do
        zpty -r -t shell shown && print -rn -- $shown >>$log
        ((++waited < 3000)) || exit 1
        sleep 0.01
    done
}

log=$2
zpty shell TERM=dumb zsh -f -i
zpty -w shell "source $2.setup; print -r -- -- >>\$OFFERED"
await
while IFS= read -r line; do
    zpty -w -n shell "$line"$'\t'
    # Delete the line, whatever the completion has made of it.
    zpty -w -n shell $'\C-e\C-u'
    zpty -w shell 'print -r -- -- >>$OFFERED'
    await
done
zpty -d shell
grep -v '^$' $OFFERED | tail -n +2
