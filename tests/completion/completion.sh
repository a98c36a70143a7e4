#!/bin/bash
# completion.sh - the completions for bash, zsh and fish, in these shells, know
# every command and option of the tool, offer the ids and users of the store
# and the PAM services by which people log in, and print nothing if there is
# nothing to offer.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

shells=()
for shell in bash zsh fish; do
    if command -v "$shell" >/dev/null; then
        shells+=("$shell")
    else
        echo "$shell is not installed"
    fi
done
if [ "${#shells[@]}" -ne 3 ]; then
    echo "skipped: this test needs bash, zsh and fish"
    exit 77
fi

mkdir "$work/bin" "$work/home" "$work/files"
# PAM's services are those in $work/pam.d.
cat >"$work/bin/accesstoken" <<END
#!/bin/sh
[ "\$1" != pam ] || export LD_PRELOAD='$preload' \\
    ACCESSTOKEN_TEST_PLACES='$work' ACCESSTOKEN_TEST_LOG=/dev/null
exec '$tool' "\$@"
END
chmod +x "$work/bin/accesstoken"
mkdir -p "$work/pam.d" "$work/lib/pam.d"
# service NAME LINE...: write a service's file.
service() { printf '%s\n' "${@:2}" >"$work/$1"; }
service pam.d/common-auth 'auth [success=1 default=ignore] pam_unix.so' \
    'auth requisite pam_deny.so' 'auth required pam_permit.so'
service pam.d/password-auth 'auth sufficient pam_unix.so'
service pam.d/other '@include common-auth'
service pam.d/sshd '@include common-auth' 'account required pam_nologin.so'
service pam.d/su 'auth sufficient pam_rootok.so' 'auth include password-auth'
service pam.d/su-l 'auth include su'
service pam.d/imap 'auth required pam_accesstoken.so scope=imap'
service lib/pam.d/polkit-1 '-auth substack password-auth'
# By these, nobody logs in.
service pam.d/cron '@include common-auth' '@include common-account'
service pam.d/atd 'auth required pam_env.so' '@include common-auth'
service pam.d/runuser 'auth sufficient pam_rootok.so'
service pam.d/passwd '@include common-password' 'account include sshd'
service pam.d/lightdm-greeter 'auth required pam_env.so' \
    'auth optional pam_gnome_keyring.so' 'auth required pam_permit.so'
service pam.d/gdm-autologin 'auth requisite pam_nologin.so' \
    'auth required pam_succeed_if.so user != root quiet_success' \
    'auth required pam_permit.so'
service pam.d/systemd-user 'account include sshd' 'session include sshd'
service pam.d/sshd.dpkg-old 'auth required pam_unix.so'
cd "$work/files"
touch one.tdb 'two words'

# bare COMMAND...: run a command without any user's configuration, and with the
# tool that was built instead of an installed one.
bare() {
    env -i PATH="$work/bin:/usr/bin:/bin" HOME="$work/home" LC_ALL=C.UTF-8 \
        LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}" ASAN_OPTIONS="$ASAN_OPTIONS" \
        timeout 600 "$@"
}
drive() {
    local completion=$source_dir/tools/completion/$1 \
        driver=$source_dir/tests/completion/drive.$1
    case $1 in
    bash) bare bash --norc --noprofile "$driver" "$completion/accesstoken" ;;
    zsh) bare zsh -f "$driver" "$completion" "$work/zsh.shown" ;;
    fish) bare fish --no-config "$driver" "$completion" ;;
    esac
}

lines=() checks=()
# check LINE WORDS: each word is offered at the end of the line.
check() {
    lines+=("$1")
    checks+=("has" "$2")
}
# only LINE WORDS: exactly these words are offered at the end of the line.
only() {
    lines+=("$1")
    checks+=("only" "$2")
}

# options COMMAND...: print the options that --help names.
options() { "$tool" "$@" --help | grep -oe '--[a-z][a-z-]*' | sort -u; }
words() { tr '\n' ' '; }

# ------------------------------------------------------ what has to be offered

issue jane --virtual --name laptop
issue bob --virtual
issue jane --virtual
issue 'x y"z' --virtual --name '{"id":"99","user":{"name":"mallory"}'
at="accesstoken --store $store"
none=/dev/null/tokens.tdb

commands=$("$tool" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 11 ] || fail "too few commands: $commands"
# --help names the command of every file in commands/.
for command in "$source_dir"/tools/accesstoken/commands/*.c; do
    command=${command##*/}
    grep -qx "${command%.c}" <<<"$commands" ||
        fail "--help does not have ${command%.c}"
done
# The options of the table.
sed -n 's/^    {"\([a-z][a-z-]*\)",.*/--\1/p' \
    "$source_dir/tools/accesstoken/options.c" | sort -u >"$work/table"
[ "$(wc -l <"$work/table")" -ge 30 ] || fail "too few options: $(cat "$work/table")"
: >"$work/listed"
for command in $commands; do
    {
        options
        options "$command"
    } | sort -u >"$work/options"
    cat "$work/options" >>"$work/listed"
    check "accesstoken $command -" "$(words <"$work/options")"
    check "$at $command --" "$(words <"$work/options")"
    # The command accepts the options in --help, and no others.
    while read -r option; do
        accesstoken --store "$none" "$command" "$option" \
            >"$out" 2>"$err" </dev/null || :
        if grep -qxFe "$option" "$work/options"; then
            ! grep -q "unknown option '$option'" "$err" ||
                fail "$command --help lists $option, which is refused"
        else
            grep -q "unknown option '$option'" "$err" ||
                fail "$command takes $option, which --help does not list"
        fi
    done <"$work/table"
done
grep -vxFf "$work/listed" "$work/table" && fail "--help lacks the options above"

only "accesstoken " "$(words <<<"$commands") help"
only "accesstoken help " "$(words <<<"$commands") help"
check "accesstoken -" "$(options | words)"
only "accesstoken r" "restore revoke rotate"

only "$at show " "1 2 3 4"
only "$at revoke 1 " "1 2 3 4"
only "$at modify 1 " ""
only "$at list --after " "1 2 3 4"
only "$at list --user " "bob jane"
only "accesstoken --store=$store verify --user j" "jane"
check "$at create " "bob jane root"
only "$at create root --from " ""
only "$at list --limit " ""
only "$at list --status " "active disabled expired"
only "$at list --sort " "id user name expires created used \
-id -user -name -expires -created -used"
only "$at list --sort -u" "-user -used"
only "$at list --sort e" "expires"
only "$at rm 1 " "1 2 3 4"
check "$at ls --s" "--store"
only "$at ls --user " "bob jane"
only "$at backup o" "one.tdb"
only "$at create jane --output o" "one.tdb"
check "accesstoken --store o" "one.tdb"
services="imap polkit-1 sshd su su-l"
only "$at create jane --scope " "$services"

only "$at pam " "add remove test"
only "$at pam add " "$services"
only "$at pam add sshd " ""
only "$at pam frob " ""
check "$at pam test sshd --user " "bob jane"

# Nothing is offered if there is nothing, or if no store may be asked.
only "accesstoken --store $none show " ""
only "accesstoken --store $none list --user " ""
only "accesstoken --store https://127.0.0.1:9 show " ""
only "accesstoken --store unix:$work/none show " ""
only "accesstoken no-such-command " ""

# --------------------------------------------------------- what is offered

for shell in "${shells[@]}"; do
    printf '%s\n' "${lines[@]}" | drive "$shell" >"$out" 2>"$err" ||
        fail "$shell: exit $?: $(head -n 5 "$err")"
    [ ! -s "$err" ] || fail "$shell reports: $(head -n 5 "$err")"
    [ "$(grep -cxe -- "$out")" -eq "${#lines[@]}" ] ||
        fail "$shell did not answer everything: $(tail -n 3 "$out")"
    for ((i = 0; i < ${#lines[@]}; i++)); do
        awk -v n="$i" '$0 == "--" { i++; next } i == n' "$out" |
            sort -u >"$work/offered"
        tr ' ' '\n' <<<"${checks[2 * i + 1]}" | grep . | sort -u \
            >"$work/wanted" || :
        if [ "${checks[2 * i]}" = has ]; then
            comm -13 "$work/offered" "$work/wanted" >"$work/wrong"
        else
            comm -3 "$work/offered" "$work/wanted" >"$work/wrong"
        fi
        [ ! -s "$work/wrong" ] || fail "$shell, at '${lines[i]}': offered" \
            "$(words <"$work/offered"), wanted $(words <"$work/wanted")"
    done
    echo "$shell: ${#lines[@]} lines completed"
done
! grep 'accesstoken: ' "$work/zsh.shown" || fail "zsh shows the errors above"
