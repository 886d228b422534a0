#!/usr/bin/env python3
"""A schema registry behind TLS, asked by `veil doctor` and `veil check` of a build that has
it: `registry.py VEIL`. A certificate that `registry.ca_file` trusts is taken, and so is one
that the system trusts; one of another authority, one of another host and one that is over are
not, and nothing is asked then. Needs Python with `cryptography`."""

import datetime
import http.server
import ipaddress
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SCHEMA = {"type": "record", "name": "shop.Click", "fields": [{"name": "n", "type": "long"}]}
POLICY = """apiVersion: veil/v1
kind: Policy
metadata: { name: clicks, version: 1, owner: tests }
source: { topic: clicks.raw, value: avro }
keys: { quarantine: { ref: "file:keyring.json#quarantine" } }
outputs:
  - { topic: clicks.clean, purpose: essential.service, domain: service, fields: { n: keep } }
quarantine: { topic: clicks.quarantine, key: quarantine, retention: 7d }
"""


def certificate(of, issuer=None, host=None, days=(-1, 1)):
    """A certificate and its key; `issuer`: who signs it, else it is an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, of)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).public_key(key.public_key())
    made = made.issuer_name(issuer[0].subject if issuer else name).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now + datetime.timedelta(days=days[0]))
    made = made.not_valid_after(now + datetime.timedelta(days=days[1]))
    made = made.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    if host:
        names = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def pem(made):
    text = made[0].public_bytes(serialization.Encoding.PEM)
    key = made[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return text, key


class Registry(http.server.ThreadingHTTPServer):
    """Answers as a registry that has the one schema; counts what it is asked."""

    def __init__(self, home, made):
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked = 0
        for name, part in zip(["server.pem", "server.key"], pem(made)):
            (home / name).write_bytes(part)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(home / "server.pem", home / "server.key")
        # The handshake is made by the thread of a connection: one that fails ends that alone.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Answers(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/subjects/clicks.raw-value/versions/latest":
            self.answer(200, {"subject": "clicks.raw-value", "version": 1, "id": 7, "schema": json.dumps(SCHEMA)})
        else:
            self.answer(404, {"error_code": 40401, "message": "not there"})

    do_POST = do_GET

    def log_message(self, *words):
        pass


def main():
    veil = str(pathlib.Path(sys.argv[1]).resolve())
    authority, other = certificate("an authority"), certificate("another")
    cases = {
        "trusted": (certificate("registry", authority, "localhost"), True),
        "of another authority": (certificate("registry", other, "localhost"), False),
        "of another host": (certificate("registry", authority, "registry.example"), False),
        "over": (certificate("registry", authority, "localhost", (-3, -2)), False),
    }
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        (home / "policy.yaml").write_text(POLICY)
        (home / "ca.pem").write_bytes(pem(authority)[0])
        subprocess.run([veil, "keys", "new", "--keyring", "keyring.json", "quarantine"], cwd=home, check=True, capture_output=True)
        for what, (made, trusted) in cases.items():
            server = Registry(home, made)
            (home / "veil.yaml").write_text(f'registry: {{ urls: ["{server.url}"], ca_file: ca.pem }}\n')
            for how in ["ca_file", "system"]:
                before = server.asked
                # That no broker is there is another of its findings.
                words = ["doctor", "-p", "policy.yaml", "-c", "veil.yaml", "-X", "bootstrap.servers=127.0.0.1:1", "--group", "tls", "--format", "json"]
                environment = os.environ
                if how == "system":
                    words = ["check", "policy.yaml", "--registry", server.url]
                    environment = {**os.environ, "SSL_CERT_FILE": str(home / "ca.pem")}
                ran = subprocess.run([veil, *words], cwd=home, capture_output=True, text=True, env=environment)
                said = ran.stdout + ran.stderr
                asked = server.asked > before
                ok = asked == trusted and ("TLS failed" in said) != trusted
                print(f"{what}, {how}: {'asked' if asked else 'not asked'}{'' if ok else ' WRONG'}")
                if not ok:
                    sys.exit(said)
            server.shutdown()


if __name__ == "__main__":
    main()
