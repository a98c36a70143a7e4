"""logs.py - the daemon logs requests that failed and requests that could
change something, or with --log-requests all of them, and never a secret."""
import os
import re
import sys

import lib

TOKENS = "/v1/auth/access-tokens/"
WHO = "/v1/session/who-am-i"
VERIFY = "/v1/auth/verify"
INTROSPECT = "/v1/auth/introspect"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def questions(daemon):
    """Requests and their log lines; loud: logged without --log-requests,
    too."""
    number, token = daemon.issue("--scope", "imap",
                                 "--scope", "tokens:introspect")
    other, _ = daemon.issue("--scope", "imap")
    uid = "uid:%d" % lib.account().pw_uid
    for method, target, body, options, loud, line in (
            ("GET", TOKENS, None, {}, False,
             "api method=GET route=%s status=200 caller=%s" % (TOKENS, uid)),
            ("HEAD", WHO, None, {}, False,
             "api method=HEAD route=%s status=200 caller=%s" % (WHO, uid)),
            ("OPTIONS", WHO, None, {}, False,
             "api method=OPTIONS route=%s status=200 caller=-" % WHO),
            ("GET", WHO, None, {"token": token, "listener": 0}, False,
             "tcp method=GET route=%s status=200 caller=token:%s .* "
             "from=127.0.0.1" % (WHO, number)),
            ("GET", VERIFY + "?require_scope=imap", None,
             {"token": token, "listener": "verify"}, False,
             "verify method=GET route=%s status=200 caller=- token=%s" % (
                 VERIFY, number)),
            # With any method this is only a question.
            ("POST", VERIFY + "?require_scope=imap", None,
             {"token": token, "listener": "verify"}, False,
             "verify method=POST route=%s status=200 caller=- token=%s" % (
                 VERIFY, number)),
            ("POST", INTROSPECT, b"token=" + token.encode(),
             {"token": token, "listener": "verify", "headers": FORM}, False,
             "verify method=POST route=%s status=200 caller=token:%s "
             "token=%s" % (INTROSPECT, number, number)),
            ("POST", INTROSPECT, b"token=" + token[:-1].encode(),
             {"token": token, "listener": "verify", "headers": FORM}, True,
             'verify method=POST route=%s status=200 caller=token:%s .* '
             'why="inactive: malformed"' % (INTROSPECT, number)),
            ("GET", VERIFY + "?require_scope=smtp", None,
             {"token": token, "listener": "verify"}, True,
             'verify method=GET route=%s status=403 caller=- token=%s .* '
             'why="scope"' % (VERIFY, number)),
            ("GET", WHO, None, {"token": token[:-1] + "!"}, True,
             'api method=GET route=%s status=401 caller=- .* '
             'why="caller\'s token: malformed"' % WHO),
            ("GET", WHO, None, {"token": "hunter2"}, True,
             'api method=GET route=%s status=401 caller=- .* '
             'why="caller\'s token: not an access token"' % WHO),
            ("GET", TOKENS + "4294967295", None, {}, True,
             'api method=GET route=%s{id} status=404 caller=%s '
             'token=4294967295 .* why="no token 4294967295"' % (TOKENS, uid)),
            ("GET", "/nowhere/" + token, None, {}, True,
             'api method=GET route=- status=404 caller=- .*'),
            ("BREW", WHO, None, {}, True,
             "api method=BREW route=%s status=405 caller=-" % WHO),
            ("POST", TOKENS, {"scopes": ["imap"]}, {}, True,
             "api method=POST route=%s status=200 caller=%s new=3" % (
                 TOKENS, uid)),
            ("POST", TOKENS, {"scopes": ["sudo"]}, {}, True,
             'api method=POST route=%s status=403 caller=%s .* why="the token '
             'must name scopes' % (TOKENS, uid)),
            ("PATCH", TOKENS + other, {"name": token}, {}, True,
             "api method=PATCH route=%s{id} status=" % TOKENS),
            ("POST", TOKENS + other + "/rotate", None, {}, True,
             "api method=POST route=%s{id}/rotate status=200 caller=%s "
             "token=%s new=4" % (TOKENS, uid, other)),
            ("DELETE", TOKENS + "4", None, {}, True,
             "api method=DELETE route=%s{id} status=200 caller=%s token=4" % (
                 TOKENS, uid))):
        yield (method, target, body), options, loud, line


def asked(daemon, everything):
    """Send each request, and prove that the log has its one line, or none."""
    for question, options, loud, line in questions(daemon):
        begin = len(daemon.log())
        daemon.request(*question, **options)
        # The daemon writes it before it sends the answer.
        wrote = daemon.log(begin)
        if not loud and not everything:
            assert wrote == "", (question, wrote)
            continue
        pattern = re.escape(line).replace(r"\.\*", ".*")
        assert re.fullmatch(re.escape(daemon.prefix) + pattern + r".*\n",
                            wrote), (line, wrote)
        assert wrote.count("\n") == 1 and re.search(r" us=\d+( |\n)", wrote)


def quiet():
    """by default, failures and possible changes are logged"""
    with lib.Daemon(listen=1, limits="self_service_scopes = imap\n") as daemon:
        asked(daemon, False)


def loud():
    """with --log-requests, every request is logged"""
    with lib.Daemon("--log-requests", listen=1,
                    limits="self_service_scopes = imap\n") as daemon:
        asked(daemon, True)


def changes():
    """every change is a line for authpriv, with what the token is valid for"""
    me = lib.user()
    uid = lib.account().pw_uid
    by = "by=%s uid=%d" % (me, uid)
    with lib.Daemon(listen=1, limits="self_service_scopes = imap smtp\n") as \
            daemon:
        daemon.issue()
        number, admin = daemon.issue("--scope", "tokens:admin", "--scope",
                                     "imap")
        asked = (
            ("POST", TOKENS, {"scopes": ["smtp", "imap"], "networks":
                              ["192.0.2.0/24", "2001:db8::/32"], "name": "x",
                              "expiration_time": "2099-01-01T00:00:00Z"}, {},
             "action=create result=ok id=3 user=%s %s scopes=(imap,smtp|"
             "smtp,imap) networks=192.0.2.0/24,2001:db8::/32 "
             "expires=2099-01-01T00:00:00Z" % (me, by)),
            ("PATCH", TOKENS + "3", {"name": "y", "scopes": ["imap"],
                                     "enabled": False}, {},
             "action=modify result=ok id=3 user=%s %s "
             "changed=name:disabled:scopes scopes=imap networks=.* "
             "expires=2099-01-01T00:00:00Z" % (me, by)),
            ("POST", TOKENS, {"user": me, "scopes": ["imap"]},
             {"token": admin, "listener": 0},
             "action=create result=ok id=4 user=%s by=%s token=%s "
             "from=127.0.0.1 scopes=imap expires=never" % (me, me, number)),
            ("POST", TOKENS + "4/rotate", None, {},
             "action=rotate result=ok id=4 user=%s %s new=5 scopes=imap "
             "expires=never" % (me, by)),
            ("DELETE", TOKENS + "5", None, {},
             "action=revoke result=ok id=5 user=%s %s scopes=imap "
             "expires=never" % (me, by)))
        for count, (method, target, body, options, line) in enumerate(asked):
            answer = daemon.request(method, target, body, **options)
            assert answer.status == 200, answer
            lines = daemon.changes()
            assert len(lines) == count + 1, lines
            assert re.fullmatch(r"10\.5 " + line, lines[-1]), lines[-1]
        # Refusals and questions are no changes.
        for method, target, body, status in (
                ("DELETE", TOKENS + "5", None, 404),
                ("POST", TOKENS, {"scopes": ["sudo"]}, 403),
                ("PATCH", TOKENS + "3", {"enabled": 1}, 400),
                ("GET", TOKENS + "3", None, 200)):
            assert daemon.request(method, target, body).status == status
        assert len(daemon.changes()) == len(asked), daemon.changes()


def flood(daemon, listener, request, number):
    """Send this request that often on one connection, and read the answers.
    Returns the seconds that it took."""
    begin = lib.time.monotonic()
    with daemon.connect(listener) as connection:
        for _ in range(number // 100):
            connection.send(request * 100)
            for _ in range(100):
                connection.answer()
    return lib.time.monotonic() - begin


def floods():
    """one caller does not fill the log, and every change is in it"""
    number = 3000
    with lib.Daemon("--log-requests", listen=1,
                    limits="self_service_scopes = imap\n"
                    "creation_burst = 1000\n") as daemon:
        daemon.issue()
        ask = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
        uid = "peer=uid:%d" % lib.account().pw_uid
        for listener, target, kind, who in (
                ("api", b"/nowhere", "refused", uid),
                ("api", b"/healthz", "question", uid),
                ("verify", VERIFY.encode(), "refused", uid),
                (0, VERIFY.encode(), "refused", "over TCP")):
            begin = len(daemon.log())
            took = flood(daemon, listener, ask % target, number)
            counted = re.compile(r"suppressed=(\d+) class=%s %s\n" % (
                kind, who))
            lib.wait_until(lambda: sum(  # pylint: disable=cell-var-from-loop
                int(count) for count in counted.findall(daemon.log(begin))) +
                daemon.log(begin).count(" status=") == number)
            lines = daemon.log(begin).count(" status=")
            assert 100 <= lines <= 100 * (took + 2), (lines, took)
        # Changes are all there, during a flood, too.
        begin = len(daemon.log())
        for _ in range(3):
            flood(daemon, "api", ask % TOKENS.encode(), 200)
            for _ in range(100):
                assert daemon.request(
                    "POST", TOKENS, {"scopes": ["imap"]}).status == 200
        assert daemon.log(begin).count(" method=POST ") == 300
        assert len(daemon.changes()) == 300


class Journal(lib.Daemon):
    """A daemon that finds journald at its standard error."""

    prefix = "<6>"

    def spawn(self, command, log):
        status = os.fstat(log.fileno())
        env = dict(lib.environment(), JOURNAL_STREAM="%d:%d" % (
            status.st_dev, status.st_ino))
        return lib.subprocess.Popen(command, env=env, stdout=log, stderr=log,
                                    stdin=lib.subprocess.DEVNULL)


def journal():
    """each line tells journald its priority"""
    with Journal(limits="rubbish\n") as daemon:
        assert "<3>changes are refused: %s:1: " % daemon.limits in \
            daemon.log()
        for target, priority in ((TOKENS + "1", 5), (TOKENS, 3)):
            begin = len(daemon.log())
            if priority == 3:
                os.chmod(os.path.dirname(daemon.store), 0o777)
            else:
                daemon.issue()
                daemon.tool("revoke", "1")
            assert daemon.request("GET", target).status in (404, 503)
            assert daemon.log(begin).startswith("<%d>api " % priority), \
                daemon.log(begin)


def foreign():
    """text of a request acts on no terminal that shows the log"""
    with lib.Daemon("--admin-group", lib.group()) as daemon:
        for text, escaped in (
                (b"\xc2\x9b31m", rb"\xc2\x9b31m"), (b"\x9b2J", rb"\x9b2J"),
                (b"\xc2\x85", rb"\xc2\x85"), (b"\x80\xff", rb"\x80\xff"),
                (b"a\xe2\x80\xaeb", rb"a\xe2\x80\xaeb"),
                (b"\xe2\x80\xa8x=1", rb"\xe2\x80\xa8x=1"),
                (b"\xe2\x81\xa7", rb"\xe2\x81\xa7"),
                ("\u00fc\u20ac\U0001f511".encode(),
                 "\u00fc\u20ac\U0001f511".encode())):
            begin = os.path.getsize(daemon.log_path)
            query = "".join("%%%02x" % byte for byte in text)
            answer = daemon.request("GET", TOKENS + "?" + query + "=1")
            assert answer.status == 400, answer
            with open(daemon.log_path, "rb") as file:
                file.seek(begin)
                assert b'why="unknown parameter \'' + escaped + b"'\"\n" in \
                    file.read(), text


def main():
    failed = 0
    for test in (quiet, loud, changes, floods, journal, foreign):
        failed += not lib.passes(test)
    return failed > 0


if __name__ == "__main__":
    sys.exit(lib.run(main))
