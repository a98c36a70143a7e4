#!/bin/bash
# pam_login.sh - pam test logs in through the stack of a service and prints
# what each step returned, what the user would see and the module's reason.
set -eu
# shellcheck source=tests/tool/lib.sh
. "${srcdir:-.}/tests/tool/lib.sh"

export ACCESSTOKEN_TEST_PLACES=$work
module=$build/.libs/pam_accesstoken.so
next=$build/tests/pam/.libs/pam_next.so
mkdir -p "$work/pam.d"
cat >"$work/pam.d/mixed" <<END
auth [success=done authtok_err=ignore module_unknown=ignore cred_insufficient=ignore default=die] $module store=$store nodelay
auth required $next try_first_pass password=hunter2
account [success=ok ignore=ignore module_unknown=ignore default=bad] $module
account required pam_permit.so
END
sed 's/^auth .*nodelay$/& quiet/' "$work/pam.d/mixed" >"$work/pam.d/quiet"
sed "s,^auth .*accesstoken,auth required $work/none," \
    "$work/pam.d/mixed" >"$work/pam.d/broken"

# attempt CODE SERVICE INPUT ARGUMENT...: try to log in as jane.
attempt() {
    local want=$1 service=$2 input=$3 got=0
    shift 3
    printf '%s' "$input" | accesstoken pam test "$service" --user jane "$@" \
        >"$out" 2>"$err" || got=$?
    if [ "$got" -ne "$want" ]; then
        cat "$out" "$err" >&2
        fail "pam test $service $*: exit $got, expected $want"
    fi
    lacks "$out" 'pamat1_|hunter2'
    lacks "$err" 'pamat1_|hunter2'
}

issue jane --virtual --name laptop --expires 1d --scope mixed --scope quiet
attempt 0 mixed "$bearer"
lines "$err" 0
same "$(sed 's/logname=.* user/user/; s/in [0-9].*/in .../' "$out")" \
    "auth:     PAM_SUCCESS (Success)
account:  PAM_SUCCESS (Success)
setcred:  PAM_SUCCESS (Success)
module:   pam_accesstoken(mixed:auth): authentication success; user=jane token=1
asked:    Password:$(printf ' ')
told:     Access token 1 (laptop) expires in ..."
# The log has the line as well.
has "$log" 'pam_accesstoken\(mixed:auth\): authentication success; .*user=jane token=1$'
attempt 0 quiet "$bearer
another line"
has "$out" '^module:   has logged nothing$'

attempt 0 mixed hunter2
has "$out" '^auth:     PAM_SUCCESS'
has "$out" '^module:   has logged nothing$'
attempt 5 mixed wrong
has "$out" '^auth:     PAM_AUTH_ERR \(Authentication failure\)$'
lacks "$out" '^(account|setcred|told):'
# Without an answer, and with one prompt more than answers.
attempt 5 mixed ''
has "$out" '^auth:     PAM_'
attempt 5 broken "$bearer"
has "$out" '^auth:     PAM_'

# What is not asked for is not used.
printf 'auth sufficient pam_permit.so\naccount required pam_permit.so\n' \
    >"$work/pam.d/open"
attempt 0 open "$bearer"
has "$out" '^asked:    nothing$'
has "$out" '^module:   has logged nothing$'

# The module's reasons.
expect 0 modify 1 --disable
attempt 5 mixed "$bearer"
has "$out" '^module:   pam_accesstoken\(mixed:auth\): authentication failure; .*reason=disabled$'
lacks "$out" '^account:'
expect 0 modify 1 --enable --from 192.0.2.0/24
attempt 5 mixed "$bearer" --from 192.0.3.1
has "$out" 'rhost=192.0.3.1 user=jane token=1 reason=network$'
attempt 0 mixed "$bearer" --from 192.0.2.1
attempt 5 mixed "${bearer%?}"
has "$out" 'reason=malformed$'
chmod 640 "$store"
attempt 5 mixed "$bearer" --from 192.0.2.1
has "$out" "^module:   pam_accesstoken\\(mixed:auth\\): authentication unavailable; .*$store"
has "$out" '^auth:     PAM_AUTHINFO_UNAVAIL '

# Wrong usage.
attempt 3 nothing "$bearer"
has "$err" '^accesstoken: nothing: No such file or directory, so a program would'
attempt 5 mixed "$(printf '%0600d' 0)"
has "$err" 'longer than 512 bytes'
for arguments in "test mixed" "test --user jane" "test mixed --user jane --json" \
    "test mixed --user jane --dry-run" "add mixed --user jane" \
    "--from 192.0.2.1" "test ../mixed --user jane"; do
    # shellcheck disable=SC2086 # words are meant
    expect 2 pam $arguments
    lines "$err" 1
done
