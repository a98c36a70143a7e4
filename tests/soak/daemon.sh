#!/bin/sh
# daemon.sh full|short: accesstokend, killed at random instants of the changes
# that it makes for many at once; see tests/daemon/kill.py.  Not in TMPDIR,
# which only root may enter: its clients are somebody else.
unset TMPDIR
here=$(dirname "$0")
exec "$here/../daemon/python" "$here/../daemon/kill.py" "$1"
