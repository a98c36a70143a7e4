#!/bin/sh
# Prove the main cases with pamtester(1), as an administrator would try them:
# issue a token, log in, revoke it.  Needs no privileges and changes nothing
# outside a temporary directory: pam_wrapper(1) reads the services from there
# instead of /etc/pam.d.  Run it by hand from the build directory:
#
#     sh -x tests/pam/pamtester.sh
set -u

if ! command -v pamtester >/dev/null; then
    echo "skipped: pamtester is missing"
    exit 77
fi
wrapper=libpam_wrapper.so
if LD_PRELOAD=$wrapper true 2>&1 | grep -q .; then
    echo "skipped: $wrapper is missing (Debian: libpam-wrapper)"
    exit 77
fi

build=$PWD
me=$(id -un)
dir=$(mktemp -d "${TMPDIR:-/tmp}/pam_accesstoken.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
store=$dir/store/tokens.tdb
module=$build/.libs/pam_accesstoken.so
failed=0

# accesstoken ARGUMENT...: without the limits that this machine may have.
accesstoken() {
    case $1 in
    create | modify) set -- "$@" --limits - ;;
    esac
    "$build/accesstoken" --store "$store" "$@" </dev/null
}

# login SERVICE USER PRESENTED OPERATION...
login() {
    service=$1 user=$2 presented=$3
    shift 3
    printf '%s\n' "$presented" |
        env LD_PRELOAD=$wrapper PAM_WRAPPER=1 PAM_WRAPPER_SERVICE_DIR="$dir" \
            pamtester "$service" "$user" "$@" 2>&1
}

# expect NAME WORDS -- LOGIN...: the output of pamtester must have these words.
expect() {
    name=$1 words=$2
    shift 3
    output=$(login "$@")
    case $output in
    *"$words"*) echo "ok: $name" ;;
    *)
        echo "FAILED: $name: expected: $words"
        echo "$output"
        failed=1
        ;;
    esac
}

yes='successfully authenticated'
account_yes='account management done'
no='Authentication failure'
not_a_token='Insufficient credentials'
unavailable='Authentication service cannot retrieve'

cat >"$dir/imap" <<END
auth     required  $module store=$store nodelay
account  required  $module
END
cat >"$dir/mixed" <<END
auth  [success=2 module_unknown=ignore cred_insufficient=ignore default=die]  $module store=$store nodelay
auth  [success=1 default=ignore]  $build/tests/pam/.libs/pam_next.so try_first_pass password=hunter2
auth  requisite  pam_deny.so
auth  required   pam_permit.so
END
# pam_exec writes what PAM_AUTHTOK holds to a program, or asks if it is empty.
cat >"$dir/seen.sh" <<END
#!/bin/sh
cat >"$dir/seen"
END
chmod +x "$dir/seen.sh"
cat >"$dir/exposed" <<END
auth  [default=ignore]  $module store=$store nodelay scope=imap
auth  optional  pam_exec.so expose_authtok quiet $dir/seen.sh
auth  required  pam_permit.so
END
sed "s,$module,$dir/missing.so," "$dir/mixed" >"$dir/missing"

token=$(accesstoken create "$me" --scope imap --scope mixed) || exit 99
expect "a token logs in" "$yes" -- imap "$me" "$token" authenticate
expect "its account is good" "$account_yes" -- \
    imap "$me" "$token" authenticate acct_mgmt
expect "credentials can be set" successfully -- \
    imap "$me" "$token" authenticate setcred
expect "a password is not a token" "$not_a_token" -- \
    imap "$me" hunter2 authenticate
expect "another user's token" "$no" -- imap root-but-not "$token" authenticate

login exposed "$me" "$token" authenticate >/dev/null
if grep -q pamat1_ "$dir/seen"; then
    echo "FAILED: pam_exec gets the token"
    failed=1
fi
login exposed "$me" hunter2 authenticate >/dev/null
if ! grep -q hunter2 "$dir/seen"; then
    echo "FAILED: pam_exec does not get a password"
    failed=1
fi
expect "mixed: a token" "$yes" -- mixed "$me" "$token" authenticate
expect "mixed: a password" "$yes" -- mixed "$me" hunter2 authenticate
expect "mixed: a wrong password" "$no" -- mixed "$me" wrong authenticate
expect "no module: a password" "$yes" -- missing "$me" hunter2 authenticate
expect "no module: a token" "$no" -- missing "$me" "$token" authenticate

accesstoken modify 1 --disable >/dev/null || exit 99
expect "disabled" "$no" -- imap "$me" "$token" authenticate
accesstoken modify 1 --enable >/dev/null || exit 99
expect "enabled again" "$yes" -- imap "$me" "$token" authenticate
accesstoken revoke 1 >/dev/null || exit 99
expect "revoked" "$no" -- imap "$me" "$token" authenticate
expect "mixed: revoked" "$no" -- mixed "$me" "$token" authenticate

narrow=$(accesstoken create "$me" --scope smtp) || exit 99
expect "for another scope" "$no" -- imap "$me" "$narrow" authenticate
far=$(accesstoken create "$me" --from 192.0.2.0/24) || exit 99
expect "for another network" "$no" -- imap "$me" "$far" authenticate
brief=$(accesstoken create "$me" --expires 1s) || exit 99
sleep 2
expect "expired" "$no" -- imap "$me" "$brief" authenticate

rm "$store"
expect "no store" "$unavailable" -- imap "$me" "$narrow" authenticate
expect "no store: a password" "$yes" -- mixed "$me" hunter2 authenticate
exit $failed
