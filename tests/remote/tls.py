"""tls.py - over TLS, nothing is sent unless the server is the right one, and
credentials are sent only to that server."""
import os
import subprocess

from certificates import Authority, openssl
from remote import Server, Tool, answer, run, server_context

PAGE = {"entries": [], "paging": {"next": None, "after": None}}


class Setting:
    """What the tests share: the tool, authorities and certificates."""

    def __init__(self):
        self.tool = Tool()
        self.ours = Authority(self.tool, "ours")
        self.theirs = Authority(self.tool, "theirs")
        self.good = self.ours.sign("good", "DNS:localhost,IP:127.0.0.1")
        self.client = self.ours.sign("client", "DNS:client")

    def server(self, certificate=None, host="localhost", **context):
        pair = certificate or self.good
        return Server(lambda request: answer(200, PAGE), unix=False,
                      tls=server_context(*pair, **context), host=host)


def trusted():
    """the given authority is trusted"""
    with setting.server() as server:
        setting.tool.expect(0, "--store", server.uri, "--ca-file",
                            setting.ours.file, "list")
        request = server.requests[0]
        assert request.headers["host"] == "localhost:%d" % server.port
        assert "authorization" not in request.headers
        # A relative path, as people type it.
        setting.tool.expect(0, "--store", server.uri + "/", "--ca-file",
                            "ours/ca.pem", "list")
    with setting.server(host="127.0.0.1") as server:
        setting.tool.expect(0, "--store", server.uri, "--ca-file",
                            setting.ours.file, "list")


def distrusted():
    """no other authority is trusted, and nothing is sent to the server"""
    pairs = {
        "another name": setting.ours.sign("elsewhere", "DNS:example.org"),
        "another authority": setting.theirs.sign("other", "DNS:localhost"),
        "expired": setting.ours.sign("old", "DNS:localhost",
                                     begin="20200101000000Z",
                                     end="20200201000000Z"),
        "not yet": setting.ours.sign("new", "DNS:localhost",
                                     begin="20990101000000Z",
                                     end="20990201000000Z"),
        "its own": (setting.theirs.file,
                    os.path.join(setting.theirs.directory, "ca.key")),
    }
    for name, pair in pairs.items():
        with setting.server(pair) as server:
            token = setting.tool.write("token", "secret-of-mine\n")
            _, err = setting.tool.expect(
                7, "--store", server.uri, "--ca-file", setting.ours.file,
                "--token-file", token, "create", "jane")
            assert not server.requests, name
            assert "secret-of-mine" not in err
    # Without --ca-file, the authorities of the system are trusted, and not
    # those that the environment names.
    with setting.server() as server:
        setting.tool.expect(7, "--store", server.uri, "list")
        setting.tool.expect(7, "--store", server.uri, "list",
                            SSL_CERT_FILE=setting.ours.file,
                            SSL_CERT_DIR=setting.ours.directory,
                            CURL_CA_BUNDLE=setting.ours.file)
        setting.tool.expect(7, "--store", server.uri, "list", "--ca-file",
                            setting.tool.path("none"))
        assert not server.requests


def old_protocols():
    """TLS below 1.2, and no TLS at all"""
    context = server_context(*setting.good)
    try:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = 0x0301
        context.maximum_version = 0x0302
    except ValueError:
        print("    this python has no TLS 1.1: that part is not shown")
        context = None
    if context is not None:
        with Server(lambda request: answer(200, PAGE), unix=False,
                    tls=context, host="localhost") as server:
            setting.tool.expect(7, "--store", server.uri, "--ca-file",
                                setting.ours.file, "list")
    with Server(lambda request: answer(200, PAGE), unix=False) as server:
        setting.tool.expect(7, "--store", "https://127.0.0.1:%d" % server.port,
                            "--ca-file", setting.ours.file, "list")


def clients():
    """a server that requires a client certificate"""
    certificate, key = setting.client
    words = ["--ca-file", setting.ours.file, "list"]
    with setting.server(client_ca=setting.ours.file) as server:
        setting.tool.expect(7, "--store", server.uri, *words)
        setting.tool.expect(2, "--store", server.uri, "--client-certificate",
                            certificate, *words, says="needs its key")
        setting.tool.expect(2, "--store", server.uri, "--client-key", key,
                            *words, says="needs its key")
        assert not server.requests
        setting.tool.expect(0, "--store", server.uri, "--client-certificate",
                            certificate, "--client-key", key, *words)
        assert len(server.requests) == 1
        os.chmod(key, 0o640)
        setting.tool.expect(7, "--store", server.uri, "--client-certificate",
                            certificate, "--client-key", key, *words,
                            says="others have access")
        os.chmod(key, 0o600)
        # The user is not asked for a passphrase.
        openssl(setting.ours.directory, "ec", "-in", key, "-aes128",
                "-passout", "pass:x", "-out", "locked.key")
        locked = os.path.join(setting.ours.directory, "locked.key")
        os.chmod(locked, 0o600)
        setting.tool.expect(7, "--store", server.uri, "--client-certificate",
                            certificate, "--client-key", locked, *words)
        assert len(server.requests) == 1


def token_files():
    """the bearer token comes from a file that only its owner can access"""
    tool = setting.tool
    words = ["--ca-file", setting.ours.file, "list"]
    with setting.server() as server:
        good = tool.write("token", "access-v1:abc+/==\n")

        def sent(*arguments, **environment):
            tool.expect(0, "--store", server.uri, *arguments, *words,
                        **environment)
            return server.requests[-1].headers.get("authorization")

        assert sent("--token-file", good) == "Bearer access-v1:abc+/=="
        assert sent("--token-file", "token") == "Bearer access-v1:abc+/=="
        assert sent("--token-file", "-", stdin=" access-v1:abc+/==\r\n") == \
            "Bearer access-v1:abc+/=="
        assert sent(ACCESSTOKEN_TOKEN_FILE=good) == \
            "Bearer access-v1:abc+/=="
        other = tool.write("other", "other")
        assert sent("--token-file", other, ACCESSTOKEN_TOKEN_FILE=good) == \
            "Bearer other"
        for around in ("other\r\n", " \tother\n\n"):
            other = tool.write("other", around)
            assert sent("--token-file", other) == "Bearer other"
        assert sent() is None
        count = len(server.requests)
        for text, mode, status, says in (
                ("x\n", 0o640, 7, "others have access"),
                ("x\n", 0o604, 7, "others have access"),
                ("", 0o600, 2, "not a bearer token"),
                ("\n", 0o600, 2, "not a bearer token"),
                ("a\nb\n", 0o600, 2, "not a bearer token"),
                ("a b\n", 0o600, 2, "not a bearer token"),
                ("a\r\nX-Header: b\r\n", 0o600, 2, "not a bearer token"),
                ("\u00e4\n", 0o600, 2, "not a bearer token"),
                ("pamat1_AAAA\n", 0o600, 2, "not a bearer token"),
                ("'pamat1_AAAA'\n", 0o600, 2, "not a bearer token"),
                (600 * "x", 0o600, 2, "larger than")):
            bad = tool.write("bad", text, mode)
            tool.expect(status, "--store", server.uri, "--token-file", bad,
                        *words, says=says)
            if mode == 0o600:
                _, err = tool.expect(
                    2, "--store", server.uri, "--token-file", "-", *words,
                    stdin=text, says="not a bearer token")
                assert "pamat1_A" not in err
        tool.expect(2, "--store", server.uri, "--token-file", "-", *words,
                    stdin="a\0b\n", says="not a bearer token")
        # The message ends with what mends it: a command, if nobody else can
        # depend on the file.
        loose = tool.write("my token", "loose\n", 0o644)
        _, err = tool.expect(7, "--store", server.uri, "--token-file",
                             "my token", *words, says="others have access")
        if os.geteuid() == 0:
            assert err.endswith("; use a copy of mode 0600\n"), err
        else:
            command = err.rstrip("\n").rsplit("; run: ", 1)[1]
            subprocess.run(["sh", "-c", command], cwd=tool.directory,
                           check=True)
            assert sent("--token-file", loose) == "Bearer loose"
            count += 1
        if os.geteuid() == 0:
            foreign = tool.write("foreign", "x\n")
            os.chown(foreign, 1, 1)
            tool.expect(7, "--store", server.uri, "--token-file", foreign,
                        *words, says="neither root nor the caller")
        os.symlink(good, tool.path("link"))
        tool.expect(7, "--store", server.uri, "--token-file",
                    tool.path("link"), *words)
        tool.expect(7, "--store", server.uri, "--token-file",
                    tool.directory, *words, says="not a regular file")
        os.mkfifo(tool.path("fifo"), 0o600)
        tool.expect(7, "--store", server.uri, "--token-file",
                    tool.path("fifo"), *words, says="not a regular file")
        tool.expect(7, "--store", server.uri, "--token-file",
                    tool.path("none"), *words, says="No such file")
        assert len(server.requests) == count
    # Options that the store cannot use are refused.
    tool.expect(2, "--store", tool.store, "--token-file", good, "list",
                says="only for remote stores")
    with Server(lambda request: answer(200, PAGE)) as server:
        tool.expect(0, "--store", server.uri, "list",
                    ACCESSTOKEN_TOKEN_FILE=good)
        assert "authorization" not in server.requests[0].headers
        tool.expect(0, "--store", server.uri, "list", "--token-file", good)
        assert "authorization" in server.requests[1].headers
        tool.expect(2, "--store", server.uri, "list", "--ca-file", good,
                    says="for https: alone")


def environments():
    """proxies and files that the environment names are not used"""
    tool = setting.tool
    with setting.server() as server, \
            Server(lambda request: answer(502), unix=False) as proxy:
        netrc = tool.write(".netrc", "machine localhost login me password x\n")
        keys = tool.path("keys")
        tool.expect(0, "--store", server.uri, "--ca-file", setting.ours.file,
                    "list", http_proxy=proxy.uri, https_proxy=proxy.uri,
                    HTTPS_PROXY=proxy.uri, ALL_PROXY=proxy.uri,
                    all_proxy=proxy.uri, NETRC=netrc, SSLKEYLOGFILE=keys,
                    CURL_HOME=tool.directory)
        assert "authorization" not in server.requests[0].headers
        assert not proxy.requests and not os.path.exists(keys)
    with Server(lambda request: answer(200, PAGE), unix=False) as server, \
            Server(lambda request: answer(502), unix=False) as proxy:
        tool.expect(0, "--store", server.uri, "list", http_proxy=proxy.uri)
        assert not proxy.requests


def addresses():
    """URIs that name no server, or a server that requires encryption"""
    tool = setting.tool
    for uri in ("http://localhost", "http://192.0.2.1", "http://[2001:db8::1]",
                "http://127.0.0.1.example.org", "https://", "https:host",
                "https://user@host", "https://host/path", "https://host?x",
                "https://host:0", "https://host:65536", "https://host:",
                "https://host:1x", "https://[::1", "https://a b", "unix:",
                "unix:relative", "unix:/" + 200 * "x", "unix:/a\nb", "ftp://x",
                "https://host\\@evil", "https://host#x", "https://[host]"):
        tool.expect(2, "--store", uri, "list", says=(
            "--store '.*unencrypted" if uri.startswith("http://") else
            "(?s)--store '.*: expected a path, tdb:PATH, unix:/SOCKET or "))
    for uri in ("http://127.0.0.1:1", "http://127.9.9.9:1", "http://[::1]:1",
                "https://localhost:1", "https://localhost:1/"):
        tool.expect(7, "--store", uri, "list")


setting = Setting()
with setting.tool:
    run([trusted, distrusted, old_protocols, clients, token_files,
         environments, addresses])
