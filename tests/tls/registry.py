#!/usr/bin/env python3
"""A schema registry behind TLS, and what `veil doctor` says of it: `registry.py VEIL`.

Certificates are made here: of an authority that the settings name (`registry.ca_file`), of
another one, for another host, and one that has ended. A registry that cannot be trusted gets
no request, so no password either; and no password is in what is printed.
"""

import base64
import datetime
import http.server
import ipaddress
import json
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRET = "a-password-that-nobody-prints"
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """An authority of certificates."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named(name)
        builder = x509.CertificateBuilder().subject_name(self.name).issuer_name(self.name)
        builder = builder.public_key(self.key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        self.certificate = builder.sign(self.key, hashes.SHA256())

    def issue(self, folder, file, san, until=NOW + DAY):
        """A certificate for that name, with its key, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder().subject_name(named("registry")).issuer_name(self.name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW - 3 * DAY).not_valid_after(until)
        builder = builder.add_extension(x509.SubjectAlternativeName([san]), False)
        certificate = builder.sign(self.key, hashes.SHA256())
        path = folder / file
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return path


class Registry:
    """A registry that knows one schema, behind that certificate, for whoever has the password."""

    def __init__(self, certificate, wants):
        self.seen = []
        seen = self.seen
        schema = (ROOT / "config/clicks.avsc").read_text()
        body = json.dumps({"subject": "web.clicks.raw-value", "version": 1, "id": 1, "schema": schema})

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                said = self.headers.get("Authorization")
                seen.append(said)
                if said != wants:
                    self.answer(401, '{"error_code":40101,"message":"who are you"}')
                elif self.path.startswith("/subjects/web.clicks.raw-value/"):
                    self.answer(200, body)
                else:
                    self.answer(404, '{"error_code":40401,"message":"no such subject"}')

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that does not trust the certificate hangs up

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, host):
        return f"https://{host}:{self.server.server_port}"


def doctor(veil, folder, settings):
    """What `veil doctor` finds of the registry, and all that it printed."""
    (folder / "veil.yaml").write_text(json.dumps(settings))
    done = subprocess.run(
        [veil, "doctor", "-p", "clicks-by-id.yaml", "-c", "veil.yaml", "--format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    printed = done.stdout + done.stderr
    looks = json.loads(done.stdout)
    looks = looks if isinstance(looks, list) else next(v for v in looks.values() if isinstance(v, list))
    found = [look for look in looks if "registry" in json.dumps(look)]
    assert found, printed
    return found, printed


def main():
    veil = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for file in ("clicks-by-id.yaml", "clicks.avsc"):
            (folder / file).write_bytes((ROOT / "config" / file).read_bytes())
        keys = [veil, "keys", "new", "--keyring", "keyring.json", "people", "quarantine"]
        subprocess.run(keys, cwd=folder, check=True, capture_output=True)
        ours, others = Authority("ours"), Authority("others")
        for file, authority in (("ours.pem", ours), ("others.pem", others)):
            pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
            (folder / file).write_bytes(pem)
        (folder / "no.pem").write_text("nothing of the kind\n")
        (folder / "password").write_text(SECRET)
        (folder / "password").chmod(0o600)

        here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        local = x509.DNSName("localhost")
        basic = "Basic " + base64.b64encode(f"veil:{SECRET}".encode()).decode()
        bearer = f"Bearer {SECRET}"
        by_basic = {"basic": {"user": "veil", "password_file": "password"}}
        by_bearer = {"bearer": {"token_file": "password"}}
        cases = [
            # what is tried, its certificate, host, settings, who may ask, whether it is trusted
            ("by its address", ours.issue(folder, "a.pem", here), "127.0.0.1", {"ca_file": "ours.pem"}, None, True),
            ("by its name", ours.issue(folder, "b.pem", local), "localhost", {"ca_file": "ours.pem"}, None, True),
            ("with a password", ours.issue(folder, "c.pem", here), "127.0.0.1", {"ca_file": "ours.pem"} | by_basic, basic, True),
            ("with a token", ours.issue(folder, "d.pem", here), "127.0.0.1", {"ca_file": "ours.pem"} | by_bearer, bearer, True),
            ("no authority is named", ours.issue(folder, "e.pem", here), "127.0.0.1", by_basic, basic, False),
            ("of another authority", ours.issue(folder, "f.pem", here), "127.0.0.1", {"ca_file": "others.pem"} | by_basic, basic, False),
            ("for another host", ours.issue(folder, "g.pem", x509.DNSName("registry.example")), "127.0.0.1", {"ca_file": "ours.pem"} | by_bearer, bearer, False),
            ("its time is over", ours.issue(folder, "h.pem", here, NOW - DAY), "127.0.0.1", {"ca_file": "ours.pem"} | by_bearer, bearer, False),
        ]
        for what, certificate, host, settings, wants, is_trusted in cases:
            registry = Registry(certificate, wants)
            settings = {"kafka": {"brokers": ["127.0.0.1:1"]}, "registry": {"urls": [registry.url(host)]} | settings}
            found, printed = doctor(veil, folder, settings)
            said = json.dumps(found)
            assert SECRET not in printed and basic not in printed, what
            if is_trusted:
                assert registry.seen and set(registry.seen) == {wants}, (what, said)
                assert '"ok"' in said and "TLS failed" not in said, (what, said)
            else:
                assert registry.seen == [], f"{what}: it was asked"
                assert '"failed"' in said and "registry.ca_file" in said, (what, said)
            print(f"{what}: {'answers' if is_trusted else 'refused, and nothing was sent to it'}")

        settings = {"kafka": {"brokers": ["127.0.0.1:1"]}, "registry": {"urls": ["https://127.0.0.1:1"], "ca_file": "no.pem"}}
        found, printed = doctor(veil, folder, settings)
        assert "registry.ca_file" in json.dumps(found), printed
        print(f"{len(cases) + 1} of {len(cases) + 1} registries behind TLS as they should be")


main()
