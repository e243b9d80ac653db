"""A mail server on this machine, as far as tests need one: RFC 5321 with STARTTLS (3207) and AUTH PLAIN (4954)."""

import base64
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USERNAME, PASSWORD = "dovetail", "hidden words"


@dataclass(frozen=True)
class Received:
    """A mail that was taken, and how it came."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    is_secret: bool
    login: str | None


@dataclass
class SmtpServer:
    """`offers_tls` is STARTTLS; `drips` writes the greeting a byte at a time, without end; `refuses` every recipient."""

    certificate: Path
    key: Path
    offers_tls: bool = True
    is_tls_from_the_start: bool = False
    drips: bool = False
    refuses: bool = False
    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def serve(self, connection: socket.socket) -> None:
        """One client, to the end."""
        connection.settimeout(20)
        with suppress(OSError):
            if self.is_tls_from_the_start:
                connection = self.tls.wrap_socket(connection, server_side=True)
            while self.drips and not self.closing.is_set():
                connection.sendall(b"2")
                self.came.set()
                time.sleep(0.02)
            self._converse(connection)
        connection.close()
        self.left.set()

    def _converse(self, connection: socket.socket) -> None:
        is_secret, login, sender, recipients = self.is_tls_from_the_start, None, "", list[str]()

        def say(*lines: str) -> None:
            connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

        say("220 ready")
        while line := _read(connection, b"\r\n").decode():
            self.commands.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                offered = ["AUTH PLAIN"]
                if self.offers_tls and not is_secret:
                    offered.append("STARTTLS")
                say(*(f"250-{one}" for one in ("here", *offered)), "250 8BITMIME")
            elif verb == "STARTTLS":
                say("220 go on")
                connection = self.tls.wrap_socket(connection, server_side=True)
                is_secret = True
            elif verb == "AUTH":
                _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
                login = user
                say("235 welcome" if (user, password) == (USERNAME, PASSWORD) else f"535 not {password}")
            elif verb == "MAIL":
                sender, recipients = _path(line), []
                say("250 ok")
            elif verb == "RCPT":
                recipients.append(_path(line))
                say("550 nobody of that name" if self.refuses else "250 ok")
            elif verb == "DATA":
                say("354 go on")
                body = _read(connection, b"\r\n.\r\n").replace(b"\r\n..", b"\r\n.")
                message = message_from_bytes(body, policy=default)
                assert isinstance(message, EmailMessage)
                self.received.append(Received(sender, recipients, message, is_secret, login))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        connection.close()


def _read(connection: socket.socket, end: bytes) -> bytes:
    """Up to and without the end; nothing where the client has gone. Clients wait for each answer: no byte stands behind it."""
    text = b""
    while not text.endswith(end):
        piece = connection.recv(4096)
        if not piece:
            return b""
        text += piece
    return text[: -len(end)]


def _path(line: str) -> str:
    return line.split("<", 1)[1].split(">", 1)[0]


@contextmanager
def smtp_server(folder: Path, **how: bool) -> Iterator[SmtpServer]:
    """A server for the block; at its end all clients have been served."""
    certificate, key = write_certificate(folder)
    server = SmtpServer(certificate, key, **how)  # type: ignore[arg-type]  # the port is not among them

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            server.serve(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        serving = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server
        finally:
            server.closing.set()
            listening.shutdown()
            serving.join()


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of `localhost` that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
