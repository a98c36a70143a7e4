#!/bin/bash
# sshd accepts access tokens, with keyboard-interactive and with password
# authentication, if it is configured as doc/services/openssh.md says.
. "$(dirname "$0")/lib.sh"

configure sshd openssh.md
ssh-keygen -q -t ed25519 -N '' -f host_key
options=(-o "HostKey=$dir/host_key" -o PubkeyAuthentication=no)
# Refusals are what this test is about: OpenSSH 9.8 and later do not talk to an
# address that has had many.
if /usr/sbin/sshd -t "${options[@]}" -o PerSourcePenalties=no 2>/dev/null; then
    options+=(-o PerSourcePenalties=no)
fi
/usr/sbin/sshd -D "${options[@]}" -o LogLevel=DEBUG3 &
until_port 22 $! /dev/null

# Log in with a command, or with a shell that prints the same and exits.
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
    prove_credentials
    prove_length
    prove_networks

    # The warning is shown before a shell, but not before a command's output.
    issue jane --expires 3630s --name laptop
    attempt "a command, with a token that will soon expire" yes "$token"
    shows_not 'Access token'
    said=("${command[@]}")
    command=()
    attempt "a shell, with a token that will soon expire" yes "$token"
    shows "^Access token $id \(laptop\) expires in 1 hour\.$"
    command=("${said[@]}")

    # sshd is not a set-uid program: it rolls back an interrupted change.
    issue jane
    interrupt_writer
    attempt "a token after an interrupted change" yes "$token"
done
conclude syslog
