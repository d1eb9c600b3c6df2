"""nginx before the app, as README describes it, with a certificate of its own."""

import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.server import ROOT, free_port, wait_until_it_answers

AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def nginx_program():
    """Where nginx is, if there is one; Debian's is not on everybody's path."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def readme_blocks(language=""):
    """The texts of all blocks of code in README of this language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [
        block
        for kind, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        if kind == language
    ]


def with_ours(block, *pairs):
    """A block of README with places and ports of this machine: (written, here) each."""
    for written, here in pairs:
        assert written in block
        block = block.replace(written, here)
    return block


def write_certificate(folder, name):
    """A key and a certificate for a host of this name, signed by itself: the paths of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths = Path(folder, f"{name}.key"), Path(folder, f"{name}.pem")
    paths[0].write_bytes(key.private_bytes(*form))
    paths[1].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return paths


@contextmanager
def proxying(app_port):
    """README's nginx before an app on this port: the port at which it listens."""
    (site,) = readme_blocks("nginx")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        write_certificate(folder, "lab.example")
        site = with_ours(
            site,
            ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("/etc/ssl/", f"{folder}/"),
            ("http://127.0.0.1:8501;", f"http://127.0.0.1:{app_port};"),
        )
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(AROUND.format(folder=folder, site=site))
        command = [nginx_program(), "-p", folder, "-c", str(configuration), "-e", "stderr"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                wait_until_it_answers(port, process)  # else what it said is told below
                yield port
            finally:
                process.terminate()
                _, said = process.communicate()
        assert "[emerg]" not in said, said
