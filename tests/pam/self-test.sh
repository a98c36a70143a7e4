#!/bin/sh
# Prove that the driver notices each mistake in wrong/: it prints the words after
# "noticed:", and fails with status 1, not with 99 for a file that it cannot read.
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
