"""contract_session.py - the callers and the tokens that contract.py uses."""
import sys
import traceback

import lib

TOKENS = "/v1/auth/access-tokens/"
WHO = "/v1/session/who-am-i"
VERIFY = "/v1/auth/verify"
INTROSPECT = "/v1/auth/introspect"
NOWHERE = TOKENS + "4294967295"


class Session:
    """The daemons, the document, and the account and tokens of the caller."""

    def __init__(self, document, admins, others, failing):
        self.document = document
        self.daemon = admins
        self.others = others  # same store; the caller is no administrator
        self.failing = failing  # its syncs fail on demand, by this file:
        self.sync = failing.variables["ACCESSTOKEN_TEST_SYNC"]
        self.name = lib.user()
        self.tokens = {"plain": self.issue()[1],
                       "introspect": self.issue(
                           "--scope", "tokens:introspect")[1],
                       "of root": self.issue(name="root")[0]}

    def ask(self, status, method, target, *body_and_headers, daemon=None,
            **request):
        """Send a request, compare its answer with the document, return it."""
        answer = (daemon or self.daemon).request(
            method, target, *body_and_headers, **request)
        try:
            assert answer.status == status, "status is not %d" % status
            return self.document.check(method, target, answer)
        except Exception:
            print("%s %s: %r" % (method, target, answer), file=sys.stderr)
            raise

    def ordinary(self, *question, **request):
        """Ask as a user who does not administer."""
        return self.ask(*question, daemon=self.others, **request)

    def tcp(self, *question, **request):
        return self.ask(*question, listener=0, **request)

    def issue(self, *options, name=None):
        return self.daemon.issue(*options, name=name)

    def passes(self, name, test):
        """Run a test and print its result; returns whether it passed."""
        try:
            test(self)
        except Exception:
            traceback.print_exc()
            print("FAIL: " + name)
            return False
        print("ok: " + name)
        return True
