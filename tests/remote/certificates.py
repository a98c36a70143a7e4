"""certificates.py - certificate authorities for a test, and the certificates
that they sign.  This uses openssl(1), which is there if libcurl was built.
All files stay in the directory of the tool that is tested."""
import os
import subprocess


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """A certificate authority."""

    def __init__(self, tool, name):
        self.directory = tool.path(name)
        os.mkdir(self.directory)
        self.file = os.path.join(self.directory, "ca.pem")
        openssl(self.directory, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")

    def sign(self, name, alternative, days=1, **ends):
        """Sign a certificate; returns the paths of it and its key."""
        path = os.path.join(self.directory, name)
        openssl(self.directory, "req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                "-keyout", name + ".key", "-out", name + ".csr")
        with open(path + ".ext", "w", encoding="utf-8") as file:
            file.write("subjectAltName=%s\n" % alternative)
        for part in ("serial", "index.txt"):
            with open(os.path.join(self.directory, part), "w",
                      encoding="utf-8") as file:
                file.write("01\n" if part == "serial" else "")
        with open(os.path.join(self.directory, "ca.cnf"), "w",
                  encoding="utf-8") as file:
            file.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\n"
                       "serial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
                       "policy=p\nunique_subject=no\n[p]\n"
                       "commonName=supplied\n")
        if ends:
            dates = ["-startdate", ends["begin"], "-enddate", ends["end"]]
        else:
            dates = ["-days", str(days)]
        openssl(self.directory, "ca", "-batch", "-config", "ca.cnf", "-in",
                name + ".csr", "-out", name + ".pem", "-cert", "ca.pem",
                "-keyfile", "ca.key", "-extfile", name + ".ext", "-notext",
                *dates)
        os.chmod(path + ".key", 0o600)
        return path + ".pem", path + ".key"
