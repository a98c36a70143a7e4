# prove.sh - the checks that every service must pass.  lib.sh sources it; it is
# not run.  It changes only the test's own PAM services, store and copy of the
# module, and restores each of them.
# shellcheck shell=bash disable=SC2154,SC2034 # lib.sh uses or sets them

# prove: log in as jane, through log_in, to the configured service.  Set
# resident=yes if the processes of the service keep a module that they have
# loaded.
prove() {
    issue bob
    refused "another user's token" user
    issue jane --scope "not-$service"
    refused "a token for another service" "scope scope=$service"
    issue jane --scope "$service" --expires 1s
    until_expired "$service"
    refused "an expired token" expired
    issue jane --scope "$service"
    accesstoken modify "$id" --disable 2>/dev/null
    refused "a disabled token" disabled
    accesstoken modify "$id" --enable 2>/dev/null
    attempt "a token enabled again" yes "$token"
    log_has "pam_accesstoken\($service:auth\): authentication success; .*\
 user=jane token=$id$"
    log_lacks "pam_unix\($service:auth\): authentication failure"
    accesstoken revoke "$id" 2>/dev/null
    refused "a revoked token" unknown
    attempt "a wrong password" no "not $password"
    # The refused tokens above have not reached pam_unix; a password does.
    log_has "pam_unix\($service:auth\): authentication failure"
    log_lacks "pam_accesstoken\($service:auth\): authentication"
    issue jane
    attempt "a token without scopes" yes "$token"
    attempt "a password beside tokens" yes "$password"

    mv /var/lib/accesstoken "$dir/kept"
    attempt "a token without the store" no "$token"
    log_has "pam_accesstoken\($service:auth\): authentication unavailable; \
user=jane token=$id: "
    log_lacks "pam_unix\($service:auth\): authentication failure"
    attempt "a password without the store" yes "$password"
    mv "$dir/kept" /var/lib/accesstoken
    mv "$dir/security/pam_accesstoken.so" "$dir/kept.so"
    attempt "a password without the module's file" yes "$password"
    attempt "a token without the module's file" "${resident:-no}" "$token"
    mv "$dir/kept.so" "$dir/security/pam_accesstoken.so"
    attempt "a token after the store and the module are back" yes "$token"
}

# prove_tokens_only: the stack that accepts only tokens.
prove_tokens_only() {
    cp "/etc/pam.d/$service" kept.pam
    stack "$service" "$tokens_only nodelay"
    issue jane
    attempt "tokens only: a password" no "$password"
    log_lacks "pam_unix\($service:auth\): authentication failure"
    attempt "tokens only: a token" yes "$token"
    cp kept.pam "/etc/pam.d/$service"
}

# prove_credentials: a module after this one sets credentials for a password,
# not for a token.  Its line is added to the file that the service includes.
prove_credentials() {
    cp /etc/pam.d/common-auth kept.pam
    echo 'auth optional pam_record.so name=last' >>/etc/pam.d/common-auth
    attempt "a password whose credentials another module sets" yes "$password"
    log_has "pam_record\($service:setcred\): last: "
    issue jane
    attempt "a token that has no credentials" yes "$token"
    log_lacks "pam_record\($service:setcred\)"
    cp kept.pam /etc/pam.d/common-auth
}

# prove_networks: for a service that tells PAM the client's address.
prove_networks() {
    issue jane --from 192.0.2.0/24
    refused "a token for another network" network
    issue jane --from 127.0.0.0/8
    attempt "a token for the client's network" yes "$token"
}

# prove_length: passwords may be as long as the page says, and not longer.
prove_length() {
    local most length
    most=$(tr -s ' \n' '  ' <"$page" |
        sed -n 's/.*[Pp]asswords of up to \([0-9,]*\) char.*/\1/p' | tr -d ,)
    [ -n "$most" ] || { echo "FAILED: $page gives no length"; exit 99; }
    cp "/etc/pam.d/$service" kept.pam
    stack "$service" "auth required pam_length.so"
    for length in 55 "$most" "$((most + 1))"; do
        attempt "a password of $length characters" maybe \
            "$(head -c "$length" /dev/zero | tr '\0' x)"
        if [ "$length" -le "$most" ]; then
            log_has "pam_length.*: $length characters$"
        else
            log_lacks "pam_length.*: $length characters$"
        fi
    done
    cp kept.pam "/etc/pam.d/$service"
}

# conclude LOG...: end the test.  None of the secrets that were used may be in
# these logs.
conclude() {
    local log
    what="no secret in the logs"
    attempt_from=0
    logged >/dev/null
    echo "$password" >>secrets
    # Also look for each token without its prefix, and for its secret alone.
    sed -n 's/^pamat1_\(.\{11\}\(.*\)\)$/\1\n\2/p' secrets >parts
    cat parts >>secrets
    if [ "$(wc -l <secrets)" -lt 7 ] ||
        ! grep -q 'authentication success' syslog; then
        echo "FAILED: $what: there was nothing to look for"
        failed=1
    fi
    for log in "$@"; do
        [ -s "$log" ] || { echo "FAILED: $what: $log is empty"; failed=1; }
        ! grep -Fqf secrets "$log" || { echo "FAILED: $what: $log"; failed=1; }
    done
    [ "$failed" -ne 0 ] || echo "ok: $what"
    exit "$failed"
}
