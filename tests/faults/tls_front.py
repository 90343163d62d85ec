"""A TLS server in front of a plain one, which hangs up when it is told to."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


def certificate(folder: Path) -> Path:
    """A file with a new key and a certificate for 127.0.0.1, which a client may trust as its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Landfall tests")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "tls.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


class TlsFront:
    """Passes everything on, until a fault is set.

    :param port: of the plain server on this machine.
    :ivar refusing: connections are closed before their handshake, for as long as it is set.
    :ivar cutting: answers end in their middle, without TLS's own goodbye: one for each unit of it.
    """

    def __init__(self, port: int, file: Path) -> None:
        self.refusing = False
        self.cutting = 0
        self.struck = 0
        self._to = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)
        self._listener = socket.create_server((HOST, 0))
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"https://{HOST}:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Stop, and hang up on everyone."""
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection that is open, without a goodbye."""
        for each in list(self._open):
            _close(each)
        self._open.clear()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._connected, args=(plain,), daemon=True).start()

    def _connected(self, plain: socket.socket) -> None:
        if self.refusing:
            self.struck += 1
            plain.close()
            return
        with contextlib.suppress(OSError):
            client = self._context.wrap_socket(plain, server_side=True)
            server = socket.create_connection((HOST, self._to))
            self._open |= {client, server}
            threading.Thread(target=_pump, args=(client, server.sendall), daemon=True).start()
            _pump(server, lambda data: self._answer(client, data))
            _close(client)

    def _answer(self, client: socket.socket, data: bytes) -> None:
        if not self.cutting:
            client.sendall(data)
            return
        self.cutting -= 1
        self.struck += 1
        client.sendall(data[: len(data) // 2])
        raise ConnectionAbortedError


def _pump(source: socket.socket, send: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(2**16):
            send(data)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits in recv()
    one.close()
