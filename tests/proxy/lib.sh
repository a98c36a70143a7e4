# lib.sh - a proxy that asks accesstokend, on the private machine of
# tests/login, and the checks that each proxy must pass.  The tests in this
# directory source it; it is not run.
#
# The configuration of the proxy is taken from its page in doc/http, file by
# file, and written to the paths on the page.  Addresses, ports and paths can
# be those of the page, because the machine is private.
# shellcheck shell=bash
for program in curl openssl "${proxy:?}"; do
    command -v "$program" >/dev/null || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
# shellcheck disable=SC2034 # tests/login/lib.sh uses it
more=("$PWD/.libs/accesstokend" "$PWD/.libs/tokenstore-http.so"
    "${srcdir:-.}/doc/http"
    "${srcdir:-.}/tests/services/dovecot_conf.sh"
    "${srcdir:-.}/tests/proxy/app.py" "${srcdir:-.}/tests/proxy/imap.py")
# shellcheck source=../login/lib.sh
. "$(dirname "$0")/../login/lib.sh"

# The group that may open the socket for proxies.
echo 'accesstoken-verify:x:47100:www-data,caddy' >>/etc/group

# install_plugin: put the plugin for remote stores where the module looks for
# it.
install_plugin() {
    local plugin where
    plugin=$(grep -ao '/[[:print:]]*/tokenstore-http\.so' \
        pam_accesstoken.so | head -n 1)
    where=$(dirname "$(dirname "$plugin")")
    mkdir upper work
    mount -t overlay login -o \
        "lowerdir=$where,upperdir=$dir/upper,workdir=$dir/work" "$where"
    # This may have hidden what install_module mounted.
    mount --bind "$dir/security" "$modules"
    mkdir -p "$(dirname "$plugin")"
    cp tokenstore-http.so "$plugin"
}

# start_daemon: start accesstokend at the addresses that the pages use.
start_daemon() {
    mkdir -p /run/accesstoken
    : >daemon.log
    LD_LIBRARY_PATH=$dir "$dir/accesstokend" --log-requests \
        --verify-socket-group accesstoken-verify --listen 127.0.0.1:8480 \
        2>daemon.log &
    daemon=$!
    until grep -q '^accesstokend: ready' daemon.log; do
        kill -0 "$daemon" || { cat daemon.log; exit 99; }
        sleep 0.05
    done
}

stop_daemon() {
    kill "$daemon"
    wait "$daemon"
    cat daemon.log >>daemons.log
}

# start_app USER: start a web application that answers with the request that it
# received, on a socket that only this user can open.
start_app() {
    "$python" "$dir/app.py" /run/app/app.sock "$1" 2>app.log &
    until curl -s --unix-socket /run/app/app.sock http://app/ >/dev/null; do
        kill -0 $! || { cat app.log; exit 99; }
        sleep 0.05
    done
}

# ask WHAT STATUS OPTION...: send a request; the proxy must answer with this
# status.
host=app.example.org
ask() {
    local got
    what=$1
    attempt_from=$(wc -l <syslog)
    got=$(curl -s -o shown -D headers -w '%{http_code}' --max-time 30 \
        --cacert ca.pem --resolve "$host:443:127.0.0.1" \
        "${@:3}" "https://$host${path:-/}") || :
    if [ "$got" = "$2" ]; then
        echo "ok: $what"
    else
        cat headers >>shown
        wrong "got $got, expected $2"
    fi
}

# as_bearer WHAT STATUS OPTION...: ask with $token as the bearer token.
as_bearer() {
    printf 'header = "Authorization: Bearer %s"\n' "$token" >bearer
    ask "$1" "$2" -K bearer "${@:3}"
}

# told REGEX, not_told REGEX: a header that the application must have received,
# or must not.
told() {
    grep -Eiq -- "$1" shown || wrong "the application did not receive $1"
}
not_told() {
    ! grep -Eiq -- "$1" shown || wrong "the application received $1"
}

# Headers that would be believed, if they reached an application that takes
# all characters but letters and digits for the same, as PHP does.
forged=('Remote-User: forged' 'REMOTE-USER: forged' 'Remote_User: forged'
    'Remote.User: forged' 'remote.uSER: forged' "Remote'User: forged"
    'Remote~User: forged' 'Remote|User: forged' 'X-Token-Id: forged'
    'X.Token-Id: forged' 'X-Token.Id: forged' 'x_token_id: forged'
    'X-Token-Scope: forged' 'X.Token.Scope: forged' 'X_Token-Scope: forged'
    'X*Token+Scope: forged')

# prove_headers: a client that presents $token, which is jane's, can neither
# make up the headers that tell who it is nor have them removed.  Set ask_as if it
# does not present a bearer token, only_user if the application learns nothing
# but the user, and no_scope if it does not learn the scopes of the token.
prove_headers() {
    local header all=() as=${ask_as:-as_bearer}
    for header in "${forged[@]}"; do
        "$as" "a header that the client makes up: $header" 200 -H "$header"
        not_told forged
        told '^REMOTE_USER = jane$'
        all+=(-H "$header")
    done
    "$as" "these headers together, and twice" 200 "${all[@]}" "${all[@]}"
    not_told forged
    told '^REMOTE_USER = jane$'
    for header in 'close, Remote-User' 'keep-alive,remote-USER, X-Token-Id' \
        'Remote-User' 'X-Token-Scope, close' 'authorization'; do
        "$as" "a header that the client wants removed: $header" 200 \
            --http1.1 -H "Connection: $header"
        told '^REMOTE_USER = jane$'
        [ -n "${only_user:-}" ] || told "^X_TOKEN_ID = $id$"
        [ -n "${only_user:-}${no_scope:-}" ] ||
            told '^X_TOKEN_SCOPE = web$'
        not_told '^connection: .*(remote|token|authorization)'
    done
    "$as" "a header to be removed, in a second line" 200 --http1.1 \
        -H 'Connection: keep-alive' -H 'Connection: Remote-User' \
        -H 'Remote.User: forged'
    not_told forged
    told '^REMOTE_USER = jane$'
}

# prove_web STATUS-WHEN-DOWN: the checks that every web proxy must pass.  The
# proxy requires the scope web.
prove_web() {
    ask "no token" 401
    grep -qi '^www-authenticate: Bearer realm="accesstoken"' headers ||
        wrong "there is no challenge"
    issue jane --scope web
    as_bearer "a token" 200
    told "^Remote-User: jane$"
    told "^X-Token-Id: $id$"
    [ -n "${no_scope:-}" ] || told "^X-Token-Scope: web$"
    not_told '^Authorization:'
    as_bearer "a token, with a body" 200 --data sent
    told '^body: sent$'
    as_bearer "a token, with a body in chunks" 200 --data sent \
        -H 'Transfer-Encoding: chunked'
    told '^body: sent$'
    path='/?require_scope=other' as_bearer "a scope in the query" 200
    path=/v1/auth/verify as_bearer "a path of accesstokend" 200
    told "^Remote-User: jane$" # the application answers, not accesstokend
    printf 'user = "jane:%s"\n' "$token" >basic
    ask "a token as a password" 200 -K basic
    printf 'user = "bob:%s"\n' "$token" >basic
    ask "a token as another user's password" 401 -K basic
    prove_headers
    accesstoken modify "$id" --disable 2>/dev/null
    as_bearer "a disabled token" 401
    accesstoken modify "$id" --enable 2>/dev/null
    as_bearer "a token enabled again" 200
    accesstoken revoke "$id" 2>/dev/null
    as_bearer "a revoked token" 401

    issue jane
    as_bearer "a token without scopes" 200 -H 'X-Token-Scope: all'
    not_told '^X.Token.Scope'
    issue jane --scope admin
    as_bearer "a token with another scope" 403
    path='/?require_scope=admin' as_bearer "its scope in the query" 403
    issue jane --scope tokens:admin
    as_bearer "a token that administers" 403
    issue jane --scope web --expires 1s
    until_expired web
    as_bearer "an expired token" 401
    issue jane --scope web --from 127.0.0.0/8
    as_bearer "a token for the client's network" 200
    issue jane --scope web --from 192.0.2.0/24
    as_bearer "a token for another network" 403
    as_bearer "an address that the client names in a header" 403 \
        -H 'X-Forwarded-For: 192.0.2.1' -H 'X-Real-IP: 192.0.2.1'
    path='/?from=192.0.2.1' as_bearer "an address in the query" 403

    issue jane --scope web
    stop_daemon
    as_bearer "the daemon is down" "$1"
    start_daemon
    as_bearer "the daemon is back" 200
}

# prove_paths: for a proxy that requires the scope admin below /admin, and the
# scope web elsewhere.
prove_paths() {
    issue jane --scope web
    path=/admin as_bearer "a token for another scope" 403
    path=/admin/x as_bearer "a token for another scope, below /admin" 403
    for path in /%61dmin //admin /Admin /aDMIN/x; do
        as_bearer "another spelling of /admin: $path" 403 --path-as-is
    done
    # Some applications take these for /admin, or for a path below it.
    for path in /x/../admin /x/%2e%2e/admin '/;/admin' '/x/..;/admin' \
        '/%3b/admin' '/x/.%2E;a=b/admin' '/admin;x/../y' /admin/../y \
        '/x\..\admin' /x%5C..%5cadmin '/admin/%2e./y'; do
        as_bearer "a path that can be read differently: $path" 400 --path-as-is
    done
    path=/
    path='/x?next=/../;y' as_bearer "the same in the query" 200
    path='/admin/?require_scope=web' as_bearer "a scope in the query" 403
    issue jane
    path=/admin/ as_bearer "a token without scopes, below /admin" 200
    issue jane --scope admin
    as_bearer "a token with another scope" 403
    path=/admin/ as_bearer "a token with that scope, below /admin" 200 \
        -H 'Remote-User: forged' -H 'X-Token-Id: forged' \
        -H 'X-Token-Scope: forged'
    told '^REMOTE_USER = jane$'
    not_told forged
}

# conclude_proxy LOG...: end the test.  No secret may be in the daemon's log,
# the system's log and these logs.
conclude_proxy() {
    local log
    what="no secret in the logs"
    stop_daemon
    sed -n 's/^pamat1_\(.\{11\}\(.*\)\)$/\1\n\2/p' secrets >parts
    cat parts >>secrets
    for log in daemons.log syslog "$@"; do
        [ -s "$log" ] || { echo "FAILED: $what: $log is empty"; failed=1; }
        ! grep -Ff secrets "$log" || { echo "FAILED: $what: $log"; failed=1; }
    done
    [ "$failed" -ne 0 ] || echo "ok: $what"
    exit "$failed"
}
