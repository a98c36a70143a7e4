"""ask.py imap|ftp|ipp USER [HOST] - log in with the password on standard
input, and do something that requires a login.  Never prints the password."""
import base64
import ftplib
import http.client
import imaplib
import ssl
import struct
import sys


def imap(user, password, host):
    """Open the inbox."""
    client = imaplib.IMAP4(host, timeout=60)
    client.login(user, password)
    status, _ = client.select("INBOX")
    client.logout()
    return status == "OK"


def ftp(user, password, host):
    """Ask for the home directory, over TLS."""
    context = ssl.create_default_context(cafile="ca.pem")
    client = ftplib.FTP_TLS(timeout=60, context=context)
    client.connect(host, 21)
    client.host = "ftp.example.org"  # the name in the certificate
    client.login(user, password)
    client.prot_p()
    home = client.pwd()
    client.quit()
    return home.endswith("/" + user)


def ipp(user, password, host):
    """Print a page, without a login if there is no password."""
    request = struct.pack(">BBHI", 1, 1, 2, 1) + b"\x01"
    for tag, name, value in (
            (0x47, "attributes-charset", "utf-8"),
            (0x48, "attributes-natural-language", "en"),
            (0x45, "printer-uri", "ipp://localhost/printers/till"),
            (0x42, "requesting-user-name", user),
            (0x49, "document-format", "application/octet-stream")):
        request += struct.pack(">BH", tag, len(name)) + name.encode()
        request += struct.pack(">H", len(value)) + value.encode()
    headers = {"Content-Type": "application/ipp"}
    if password:
        pair = "%s:%s" % (user, password)
        headers["Authorization"] = "Basic " + base64.b64encode(
            pair.encode()).decode()
    client = http.client.HTTPConnection(host, 631, timeout=60)
    client.request("POST", "/printers/till", request + b"\x03page\n", headers)
    answer = client.getresponse()
    status = struct.unpack(">xxH", (answer.read() + bytes(4))[:4])[0]
    print("HTTP %d, IPP 0x%04x" % (answer.status, status))
    return answer.status == 200 and status < 0x100


def main():
    """Log in and print whether that has worked."""
    protocol, user = sys.argv[1:3]
    host = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
    password = sys.stdin.readline().rstrip("\n")
    ask = {"imap": imap, "ftp": ftp, "ipp": ipp}[protocol]
    try:
        print("in as %s" % user if ask(user, password, host) else "not in")
    except (imaplib.IMAP4.error, ftplib.Error) as error:
        print("refused: %s" % error)


main()
