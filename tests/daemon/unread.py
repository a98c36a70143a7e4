"""unread.py - clients that do not read their answers hold little memory: a page
of a list ends after a megabyte, a user's answers that wait to be read are
limited, and a connection that does not read its answer is closed."""
import contextlib
import sys

import lib

TOKENS = "/v1/auth/access-tokens/"
COUNT = 1000
PAGE = 1 << 20
LIST = b"GET %s?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" % TOKENS.encode()


def fill(daemon):
    """Issue tokens of almost three kilobytes each."""
    daemon.issue()
    scopes = ["imap"] + ["s" * 60 + "%02d" % number for number in range(31)]
    networks = ["2001:db8:%x:%x::/64" % (0xffff - number, 0xeeee)
                for number in range(32)]
    for _ in range(COUNT):
        answer = daemon.request("POST", TOKENS, {
            "user": lib.user(), "scopes": scopes, "networks": networks})
        assert answer.status == 200, answer


def pages(daemon, limit):
    """The lengths of all pages; each token is in one of them."""
    target, lengths, ids = TOKENS + "?limit=%d" % limit, [], []
    while target is not None:
        answer = daemon.request("GET", target)
        assert answer.status == 200, answer
        lengths.append(len(answer.body))
        ids += [int(token["id"]) for token in answer.json()["entries"]]
        target = answer.json()["paging"]["next"]
    assert ids == list(range(1, COUNT + 2)), ids[:10]
    return lengths


def memory(daemon):
    with open("/proc/%d/status" % daemon.process.pid,
              encoding="utf-8") as file:
        return [int(line.split()[1]) << 10 for line in file
                if line.startswith("VmRSS")][0]


def ends(daemon):
    """pages end by bytes, and no token is missing or twice"""
    for limit in (1000, 700, 7):
        lengths = pages(daemon, limit)
        assert max(lengths) < PAGE + 8192, lengths
        assert limit == 7 or min(lengths[:-1]) >= PAGE, lengths


def unread(daemon):
    """200 lists that are not read hold little memory and are given up"""
    _, token = daemon.issue("--scope", "x")
    before = memory(daemon)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(daemon.connect()) for _ in range(100)]
        for connection in held:
            connection.send(LIST)
        lib.wait_until(lambda: daemon.request(
            "GET", TOKENS + "?limit=1000").status == 503)
        answer = daemon.request("GET", TOKENS + "?limit=1000")
        assert answer.status == 503 and answer.headers["retry-after"], answer
        # 64 MiB of answers, and what 16 threads need to make one each.
        assert memory(daemon) - before < 256 << 20, memory(daemon)
        # Whatever is small is answered.
        assert daemon.request("GET", TOKENS + "1").status == 200
        assert daemon.request(
            "GET", "/v1/auth/verify?require_scope=x", token=token,
            listener="verify").status == 200
        # The daemon gives up those that are not read.
        end = lib.time.monotonic() + 3 * lib.PATIENCE
        while daemon.request("GET", TOKENS + "?limit=1000").status == 503:
            assert lib.time.monotonic() < end, "they are never given up"
            lib.time.sleep(1)
        cut = 0
        for connection in held:
            try:
                connection.answer()
            except (OSError, lib.http.client.HTTPException):
                cut += 1
        assert cut > 0
    assert daemon.request("GET", TOKENS + "?limit=1000").status == 200


def own(daemon):
    """pages of a user who does not administer end in the same way"""
    with lib.Daemon(store=daemon.store) as other:
        ends(other)


def main():
    failed = 0
    with lib.Daemon("--admin-group", lib.group()) as daemon:
        fill(daemon)
        for test in (ends, own, unread):
            def run(test=test):
                test(daemon)
            run.__doc__ = test.__doc__
            failed += not lib.passes(run)
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
