"""masked.py - what a test in Python prints has no secret of a token in it.

lib.py and remote.py import it: the output of a failed test stays in files, and
may be shown to others.  Masks what has the shape of a bearer token in all that
is written to sys.stdout and sys.stderr from then on, tracebacks included.
"""
import re
import sys

SHAPE = re.compile(r"pamat1_[A-Za-z0-9_-]*", re.IGNORECASE)


class Masked:
    """A text stream that masks; all else is the stream's that it wraps."""

    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        """Write a text without the secrets in it."""
        self.stream.write(SHAPE.sub("pamat1_...", text))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


if not isinstance(sys.stdout, Masked):
    sys.stdout = Masked(sys.stdout)
    sys.stderr = Masked(sys.stderr)
