"""masked_output.py - a test in Python that fails prints no secret of a token,
whatever it starts with and however it fails."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "pamat1_" + 6 * "AAAAaa-_"
START = """
import sys
sys.path.insert(0, %r)
TOKEN = sys.argv[1]
"""
# A module, a program that fails, and what it must have printed.
CASES = [
    ("daemon", "import lib\nlib.passes(lambda: sys.exit(TOKEN))", "pamat1_"),
    ("daemon", "import lib\n"
     "def test():\n"
     "    'a test'\n"
     "    assert TOKEN == '', {'bearer_token': TOKEN}\n"
     "lib.run(lambda: not lib.passes(test))", "FAIL: a test"),
    ("daemon", "import lib\nassert not TOKEN, TOKEN.encode()", "Traceback"),
    ("remote", "import remote\n"
     "def test():\n"
     "    'a test'\n"
     "    print('answer:', TOKEN)\n"
     "    assert TOKEN == '', TOKEN\n"
     "remote.run([test])", "FAILED: a test"),
    ("remote", "import remote, threading\n"
     "def fail():\n"
     "    raise ValueError(TOKEN)\n"
     "thread = threading.Thread(target=fail)\n"
     "thread.start()\n"
     "thread.join()\n"
     "sys.exit(1)", "ValueError"),
]

for folder, program, said in CASES:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-B", "-c",
         START % os.path.join(HERE, "..", folder) + program, TOKEN],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        check=False)
    assert result.returncode == 1, (program, result.returncode)
    assert "AAAAaa" not in result.stdout, "shown by:\n" + program
    assert "pamat1_..." in result.stdout and said in result.stdout, \
        result.stdout
print("ok: %d failures show no secret" % len(CASES))
