"""Configure this machine as a page of doc/ says.  Run it only on the private
machine of a test.

    page.py PAGE [VERSION]

A block of the page whose first line is "# /PATH", or "-- /PATH" in Lua, is the
content of that file.  A block that begins with "# VERSION: /PATH" is so too,
if this version was given, and otherwise describes no file.
With one of these additions, the block changes an existing file:

    # /PATH, at the end
    # /PATH, in the place of "LINE"
    # /PATH, in front of "LINE"
"""

import os
import re
import sys

# The line that other distributions (Fedora) have instead.
SAME = {"@include common-auth":
        r"@include common-auth|auth\s+(substack|include)\s+\w+-auth"}


def place(path, line, lines, where, block):
    """Put the block in the place or in front of this line, which must be there
    exactly once."""
    wanted = re.compile(SAME.get(line, re.escape(line)))
    found = [i for i, old in enumerate(lines)
             if wanted.fullmatch(" ".join(old.split()))]
    if len(found) != 1:
        sys.exit("%s has %d lines '%s'" % (path, len(found), line))
    rest = found[0] + (1 if where == "the place" else 0)
    return lines[:found[0]] + block + lines[rest:]


def write(block, version):
    """Write one block; return False if it describes no file."""
    first = re.fullmatch(
        r'(?:#|--) (?:%s: )?(/\S+?)'
        r'(, at the end|, in (the place|front) of "(.*)")?'
        % re.escape(version), block[0])
    if first is None:
        return False
    path, change, where, line = first.groups()
    if change:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        block = block[1:]
        block = place(path, line, lines, where, block) if line \
            else lines + block
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(block) + "\n")
    return True


def main(page, version=""):
    """Write all blocks of the page."""
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"^( *)```\w*\n((?:.*\n)*?)\1```$", file.read(),
                            re.M)
    written = [write([line[len(indent):] for line in block.splitlines()],
                     version)
               for indent, block in blocks]
    if not any(written):
        sys.exit("no files in " + page)


main(*sys.argv[1:])
