# use.py STORE ID CREATED TIME [SERVICE [ADDRESS]] - writes the last use of a
# token into the file next to the store, as doc/FORMAT.md describes it and
# without the library; times are in seconds since 1970.
import os
import struct
import sys
from hashlib import blake2b

store, number, created, time = sys.argv[1], *map(int, sys.argv[2:5])
service, address = [text.encode() for text in sys.argv[5:] + ["", ""]][:2]
assert len(service) <= 44 and len(address) <= 47

body = struct.pack(">BIQQ44s47s", 1, number, created, time, service, address)
digest = blake2b(body, digest_size=16, person=b"accesstoken-used").digest()
fd = os.open(store + ".last-use", os.O_WRONLY | os.O_CREAT, 0o600)
os.pwrite(fd, digest + body, 128 * number)
