#!/bin/sh
# The driver must notice each mistake in wrong/, by the words after
# "noticed:", and call it a failure (1), not a file that it cannot read (99).
set -u

driver=tests/pam/pam_driver
count=0
failed=0
for file in "${srcdir:-.}"/tests/pam/wrong/*.conv; do
    count=$((count + 1))
    wanted=$(sed -n '1s/^# noticed: //p' "$file")
    output=$("$driver" "$file" 2>&1)
    status=$?
    if [ "$status" -ne 1 ]; then
        echo "$file: exit status $status, not 1: $output"
        failed=1
    fi
    case $output in
    *"$wanted"*) ;;
    *)
        echo "$file: not noticed: $wanted"
        echo "$output"
        failed=1
        ;;
    esac
done
if [ "$count" -lt 10 ]; then
    echo "only $count files found"
    failed=1
fi
exit "$failed"
