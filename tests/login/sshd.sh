#!/bin/bash
# sshd with access tokens, by keyboard-interactive and by password, as
# doc/services/openssh.md has it.
. "$(dirname "$0")/lib.sh"

own_etc ssh
configure sshd openssh.md
ssh-keygen -q -t ed25519 -N '' -f host_key
/usr/sbin/sshd -D -o "HostKey=$dir/host_key" -o PubkeyAuthentication=no \
    -o LogLevel=DEBUG3 &
until_port 22 $! /dev/null

# With a command, or with a shell that says the same and ends.
command=(echo 'in as $(id -un)')
echo 'echo "in as $(id -un)"; exit' >/run/home/jane/.profile

log_in() {
    "$python" terminal.py ssh -F /dev/null \
        -o PreferredAuthentications="$method" \
        -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        jane@127.0.0.1 "${command[@]}"
}

for method in keyboard-interactive password; do
    echo "--- $method"
    prove
    prove_tokens_only
    prove_length
    prove_networks

    # Who gets a shell is told; what a command says is its own.
    issue jane --expires 3630s --name laptop
    attempt "a command, with a token that will soon expire" yes "$token"
    shows_not 'Access token'
    said=("${command[@]}")
    command=()
    attempt "a shell, with a token that will soon expire" yes "$token"
    shows "^Access token $id \(laptop\) expires in 1 hour\.$"
    command=("${said[@]}")

    # sshd is no set-uid program: it rolls back what was left half done.
    issue jane
    interrupt_writer
    attempt "a token after an interrupted change" yes "$token"
done
conclude syslog
