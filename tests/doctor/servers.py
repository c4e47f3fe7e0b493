"""Servers with every kind of certificate, on loopback, for the doctor's tests."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)


def days(count: float) -> datetime.datetime:
    return NOW + datetime.timedelta(days=count)


def trusting(*authorities: trustme.CA) -> ssl.SSLContext:
    """A client that trusts these and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for authority in authorities:
        authority.configure_trust(context)
    return context


def server_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def leaf_only(certificate: trustme.LeafCert, folder: Path) -> ssl.SSLContext:
    """A server that forgets to send the intermediate certificates."""
    own, key = folder / "own.pem", folder / "key.pem"
    own.write_bytes(certificate.cert_chain_pems[0].bytes())
    key.write_bytes(certificate.private_key_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, key)
    return context


def self_signed(folder: Path, host: str = "localhost") -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a self-made server")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(days(-1))
        .not_valid_after(days(300))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    own, secret = folder / "self.pem", folder / "self-key.pem"
    own.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, secret)
    return context


@contextlib.asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server that takes connections and says nothing; its port."""

    guests: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guests.append(writer)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    asyncio.get_running_loop().set_exception_handler(lambda loop, report: None)  # refused handshakes are wanted here
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for guest in guests:
            guest.transport.abort()
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def proxy(status: int = 200) -> AsyncIterator[tuple[int, list[bytes]]]:
    """An HTTP proxy: its port, and the heads of the requests it got."""
    heads: list[bytes] = []
    guests: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        if status != 200:
            writer.write(f"HTTP/1.1 {status} No\r\n\r\n".encode())
            writer.close()
            return
        target = head.split()[1].decode().rsplit(":", 1)
        there, back = await asyncio.open_connection("127.0.0.1", int(target[1]))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        guests.extend((writer, back))
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()
        for guest in guests:
            guest.transport.abort()
        await asyncio.sleep(0.02)
