#!/bin/sh
# daemon.sh full|short - kill accesstokend at random times while it makes
# changes for many clients; see tests/daemon/kill.py. Not in TMPDIR, which only
# root may enter: the clients are other users.
unset TMPDIR
here=$(dirname "$0")
exec "$here/../daemon/python" "$here/../daemon/kill.py" "$1"
