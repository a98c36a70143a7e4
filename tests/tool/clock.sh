#!/bin/bash
# clock.sh - the tool is right at the edges of time: the exact second of an
# expiration, a clock that is set back, years after 9999 and before 1970, and
# the values of --expires at such times.
. "$(dirname "$0")/lib.sh"

# at SECONDS COMMAND...: run the command with a time() that returns SECONDS.
at() {
    ACCESSTOKEN_TEST_TIME=$1 "${@:2}"
}
# status SECONDS WORD: at that time, token 1 has this status.
status() {
    at "$1" expect 0 show 1
    has "$out" "^status: $2$"
    at "$1" expect 0 list --no-header
    has "$out" "^ *1 .* $2$"
}
start=1800000000 # 2027-01-15T08:00:00Z
last=253402300799 # 9999-12-31T23:59:59Z

at $start issue tester-1 --virtual --expires 10s
has "$err" 'expires 2027-01-15T08:00:10Z$'
ends=$bearer
for now in $start $((start + 9)) $((start - 100000)) 0 -1; do
    at "$now" check_token "$ends" 0
done
for now in $((start + 10)) $((start + 11)) "$last" $((last + 1)) \
    9223372036854775807; do
    at "$now" check_token "$ends" 5
    has "$err" 'expired'
done
status $((start + 9)) active
status $((start + 10)) expired
status $((start - 100000)) active

# --expires takes times from the next second to the end of the year 9999.
for when in 2027-01-15T08:00:00Z 2027-01-15T09:00:00+01:00 0s \
    2027-01-15T07:59:59Z 1969-12-31T23:59:59Z -1s 10000-01-01 \
    9999-12-31T23:59:59-00:01 9223372036854775807s; do
    at $start expect 2 create tester-1 --virtual --expires "$when"
    at $start expect 2 modify 1 --expires "$when"
done
at $start expect 0 create tester-1 --virtual --expires 2027-01-15T08:00:01Z
at $start expect 0 modify 1 --expires 2027-01-15T08:00:01Z
at $start expect 0 create tester-1 --virtual --expires 9999-12-31T23:59:59Z
at $start expect 0 create tester-1 --virtual --expires 1s
at $start expect 0 create tester-1 --virtual --expires $((last - start))s
at $start expect 2 create tester-1 --virtual --expires $((last - start + 1))s

# With a clock out of range no token is issued; existing tokens stay valid.
at $start issue tester-2 --virtual
for now in -1 $((last + 1)) 9223372036854775806 -9223372036854775808; do
    at "$now" expect 2 create tester-2 --virtual
    at "$now" expect 2 rotate "$id"
    at "$now" check_token "$bearer" 0
    at "$now" expect 0 list
done
at "$last" expect 0 create tester-2 --virtual
at "$last" expect 2 create tester-2 --virtual --expires 1s
at "$last" expect 2 create tester-2 --virtual --expires 9999-12-31

# A token that was issued while the clock was ahead stays valid.
at $((start + 1000000)) issue tester-3 --virtual --expires 60s
at $start check_token "$bearer" 0
at $start expect 0 rotate "$id"
has "$err" 'expires 2027-01-15T08:01:00Z'
at $start expect 0 check
