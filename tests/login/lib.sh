# lib.sh - a private machine to log in to, for the tests in this directory.
# It is sourced, not run.
#
# The calling script runs again as process 1 of new mount, process and network
# namespaces.  In these, accounts, PAM services, /dev, /run, /var/lib and
# /var/log are copies or empty, and the network is a loopback that only the
# test can reach.  All of this, including all processes, ends with the script,
# however it ends.  Nothing may be mounted or written before the script runs in
# the namespaces.
# shellcheck shell=bash
spaces=(--net)
# shellcheck source=../support/spaces.sh
. "$(dirname "$0")/../support/spaces.sh"
trap 'echo "the log has died: stopped"; exit 99' TERM

python=/usr/bin/python3
[ -x "$python" ] || python=python3
dir=/run/login
token='' id='' failed=0

# ------------------------------------------------------------- the machine

# take_build: copy what the test needs from the build, and the files in "more",
# before the directories that may contain them are hidden.
take_build() {
    local from=$PWD source
    source=$(cd "${srcdir:-.}" && pwd)
    mount -t tmpfs -o mode=755 login /run
    mkdir -p "$dir" /run/sshd /run/home/jane /run/home/bob
    cp "$from/.libs/pam_accesstoken.so" "$from/.libs/accesstoken" \
        "$from/.libs/libtokenstore.so.0" \
        "$from/tests/login/.libs/kill_at_sync.so" \
        "$from/tests/login/.libs/pam_length.so" \
        "$from/tests/pam/.libs/pam_record.so" \
        "$source"/tests/login/{terminal.py,log.py,page.py,prove.sh} \
        "$source/README.md" "$source/doc/pam_accesstoken.8" "$dir"
    cp -r "$source/doc/services" "$dir"
    cp -r /etc/pam.d "$dir/distribution"
    [ -z "${more:-}" ] || cp -r "${more[@]}" "$dir"
    cd "$dir"
    mount -t tmpfs -o mode=755 login /var/lib
    mount -t tmpfs -o mode=755 login /var/log
}

# install_module: put the module beside copies of the other modules, as an
# installation does.  Sets $modules.
install_module() {
    local permit
    permit=$(find /lib/*/security /lib/security /lib64/security \
        -name pam_permit.so 2>/dev/null | head -n 1)
    modules=$(dirname "$permit")
    cp -a "$modules" "$dir/security"
    cp pam_accesstoken.so pam_length.so pam_record.so "$dir/security"
    mount --bind "$dir/security" "$modules"
}

# The accounts jane and bob, which both have this password.
password='horse battery staple'
make_accounts() {
    local hash='$6$accesstoken$bdabkvChUywJ0PkXBYMQNmi6cgQh4Prq5M/JdOMCxbPPgdmqYsCBQHqeQgAK1mhqaazvz8KiNzuBq792llaUX/'
    local name number=47000
    forget_accounts jane bob
    for name in jane bob; do
        number=$((number + 1))
        echo "$name:x:$number:$number::/run/home/$name:/bin/sh" >>/etc/passwd
        echo "$name:$hash:19000:0:99999:7:::" >>/etc/shadow
        echo "$name:x:$number:" >>/etc/group
        chown "$number:$number" "/run/home/$name"
    done
    rm -f /etc/sudoers
    cat >/etc/sudoers <<END
Defaults env_reset, !lecture, !fqdn
root ALL=(ALL:ALL) ALL
jane ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
END
    chmod 0440 /etc/sudoers
    rm -rf /etc/pam.d
    mkdir /etc/pam.d
    printf '%s required pam_deny.so\n' auth account session password \
        >/etc/pam.d/other
}

make_devices() {
    local name
    mkdir dev
    mount -t tmpfs -o mode=755 login dev
    for name in null zero full random urandom tty; do
        touch "dev/$name"
        mount --bind "/dev/$name" "dev/$name"
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=tty \
        login dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ln -s /proc/self/fd/0 dev/stdin
    ln -s /proc/self/fd/1 dev/stdout
    ln -s /proc/self/fd/2 dev/stderr
    mount --rbind dev /dev
}

start_log() {
    "$python" log.py /dev/log "$dir/syslog" &
    logger_process=$!
    until [ -S /dev/log ] && logger -u /dev/log started; do
        kill -0 "$logger_process" || exit 99
        sleep 0.05
    done
}

# start_network: set the loopback up (SIOCSIFFLAGS, IFF_UP), without ip(8),
# which is not installed everywhere.
start_network() {
    "$python" -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 1))'
}

take_build
install_module
make_accounts
make_devices
start_log
start_network

# ----------------------------------------------------------------- helpers

# The line in front of other modules, the stack without any, the one for tokens
# only and the account line, which must be in the documents exactly like this.
one_line='auth  [success=done authtok_err=ignore module_unknown=ignore cred_insufficient=ignore default=die]  pam_accesstoken.so'
mixed='auth  [success=2 module_unknown=ignore cred_insufficient=ignore default=die]  pam_accesstoken.so
auth  [success=1 default=ignore]  pam_unix.so try_first_pass
auth  requisite  pam_deny.so
auth  required   pam_permit.so'
tokens_only='auth  required   pam_accesstoken.so'
account='account  [success=ok ignore=ignore module_unknown=ignore default=bad]  pam_accesstoken.so'
for document in README.md pam_accesstoken.8; do
    [ "$document" = README.md ] || lines=$mixed
    while read -r line; do
        tr -s ' ' <"$document" | grep -qF -- "$line" && continue
        echo "FAILED: $document does not have: $line"
        failed=1
    done < <(printf '%s\n' "$one_line" "$tokens_only" "$account" \
        ${lines:+"$lines"} | tr -s ' ')
done

# page_files PAGE [VERSION]: write the files that the page describes, for this
# version of the service if it tells versions apart.
page_files() {
    "$python" "$dir/page.py" "$@" || exit 99
}

# certificate DIRECTORY: create app.pem and app.key for the hosts of the pages.
certificate() {
    mkdir -p "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
        -nodes -days 2 -subj /CN=example.org -keyout "$1/app.key" -out "$1/app.pem" \
        -addext 'subjectAltName=DNS:*.example.org' \
        2>certificate.log || { cat certificate.log; exit 99; }
    cp "$1/app.pem" ca.pem
}

# until_port PORT PROCESS LOG: wait until the process listens on the port.
until_port() {
    until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
        kill -0 "$2" || { cat "$3"; exit 99; }
        sleep 0.05
    done
}

# configure SERVICE PAGE [PAM-FILE...]: the PAM service of the distribution,
# changed as its page says.  Two more changes: nobody waits after a refusal,
# and pam_loginuid is left out, because some machines do not let a test set the
# login uid.
configure() {
    local file
    service=$1 page=services/$2
    for file in distribution/{common-*,system-auth,password-auth}; do
        [ ! -e "$file" ] || cp "$file" /etc/pam.d
    done
    for file in "$service" "${@:3}"; do
        cp "distribution/$file" /etc/pam.d
    done
    page_files "$page"
    sed -i -e '/^auth.*pam_\(accesstoken\|unix\)\.so/s/$/ nodelay/' \
        -e '/pam_loginuid\.so/d' /etc/pam.d/*
}

# stack SERVICE AUTH-LINES: a PAM service with these auth lines.
stack() {
    cat >"/etc/pam.d/$1" <<END
$2
$account
account  required  pam_unix.so
session  required  pam_permit.so
END
}

accesstoken() {
    LD_LIBRARY_PATH=$dir "$dir/accesstoken" "$@"
}

# issue USER OPTION...: issue a token; sets $token and $id.
issue() {
    token=$(accesstoken create "$@" 2>issued)
    id=$(sed -n 's/^token \([0-9]*\) for .*/\1/p' issued)
    echo "$token" >>secrets
}

# logged: print what was logged since the last "attempt".  It sends a message
# of its own; after that has arrived, all messages before it have, too.
logged() {
    local mark=mark-$RANDOM-$RANDOM
    logger -u /dev/log "$mark"
    until grep -q "$mark" syslog; do
        kill -0 "$logger_process" || { kill -TERM 1; exit; }
        sleep 0.01
    done
    tail -n "+$((attempt_from + 1))" syslog
}

# until_expired SCOPE: wait until $token, which has this scope, has expired.
until_expired() {
    while printf '%s\n' "$token" | accesstoken verify --scope "$1" \
        >/dev/null 2>&1; do
        sleep 0.1
    done
}

# as USER COMMAND...: run a command as the user.
as() {
    setpriv --reuid "$1" --regid "$1" --init-groups \
        env HOME="/run/home/$1" USER="$1" LOGNAME="$1" "${@:2}"
}

# wrong WHAT: report that the test has failed, with what was shown and logged.
wrong() {
    echo "FAILED: $what: $*"
    sed 's/^/    shown:  /' shown
    # Leave out the debug messages of sshd, of which there are too many.
    logged | grep -v ' debug[123]: ' | sed 's/^/    logged: /'
    failed=1
}

# attempt WHAT yes|no|maybe SECRET: call log_in, which the test defines, with
# the secret.  A login has worked if it prints "in as ...".
attempt() {
    local got=no
    what=$1
    attempt_from=$(wc -l <syslog)
    printf '%s\n' "$3" | log_in >shown 2>&1 || :
    if grep -q '^in as ' shown; then got=yes; fi
    if [ "$2" = maybe ] || [ "$got" = "$2" ]; then
        echo "ok: $what"
    else
        wrong "expected $2"
    fi
}

# log_has REGEX, log_lacks REGEX: what the last attempt must have logged, or
# must not.
log_has() {
    logged | grep -Eq -- "$1" || wrong "not logged: $1"
}
log_lacks() {
    ! logged | grep -Eq -- "$1" || wrong "logged: $1"
}

# shows REGEX, shows_not REGEX: what the last attempt must have shown to the
# user, or must not.
shows() {
    grep -Eq -- "$1" shown || wrong "not shown: $1"
}
shows_not() {
    ! grep -Eq -- "$1" shown || wrong "shown: $1"
}

# refused WHAT REASON: $token must be refused for this reason, and must not
# reach the next module.
refused() {
    attempt "$1" no "$token"
    log_has "pam_accesstoken\($service:auth\): authentication failure; .*\
 user=jane token=$id reason=$2$"
    log_lacks "pam_unix\($service:auth\): authentication failure"
}

# interrupt_writer: leave a change of the store half done, so that the next
# reader must roll it back.  The writer is killed after it has written all data
# but before it has marked the change as complete.
interrupt_writer() {
    local status=0
    (LD_PRELOAD=$dir/kill_at_sync.so KILL_AT_SYNC=3 \
        accesstoken create bob >/dev/null 2>&1) || status=$?
    [ "$status" -eq 137 ] || {
        echo "the writer was not killed; it exited with $status"
        exit 99
    }
}

# shellcheck source=prove.sh
. "$dir/prove.sh"
