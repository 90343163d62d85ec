"""Faults of the connection and of the bytes on it; the answer is the vendor's own until it breaks."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from sandbox.fault_kinds import Answered, Fault, Shot
from sandbox.server import transport_of

LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing then sends a reset instead of an orderly end."""


async def _gone(shot: Shot) -> None:
    """Wait until the server knows that the connection is gone."""
    while (await shot.receive())["type"] != "http.disconnect":
        pass


async def _reset(shot: Shot) -> None:
    transport = transport_of(shot.scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    transport.abort()
    await _gone(shot)


async def _close(shot: Shot) -> None:
    transport_of(shot.scope).close()
    await _gone(shot)


async def _start(shot: Shot, answered: Answered, *, length: int | None = None) -> None:
    """Send the headers; `length` None makes the body chunked."""
    headers = [(name, value) for name, value in answered.headers if name.lower() != b"content-length"]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    await shot.send({"type": "http.response.start", "status": answered.status, "headers": headers})


async def _body(shot: Shot, body: bytes, *, more: bool = True) -> None:
    await shot.send({"type": "http.response.body", "body": body, "more_body": more})
    await asyncio.sleep(0.02)  # let it reach the client before anything breaks


async def reset_before(shot: Shot) -> bool:
    """No byte of an answer, then a reset."""
    await _reset(shot)
    return True


async def close_before(shot: Shot) -> bool:
    """No byte of an answer, then an orderly end."""
    await _close(shot)
    return True


async def reset_after_headers(shot: Shot) -> bool:
    """Status and headers, then a reset."""
    answered = await shot.truth()
    await _start(shot, answered, length=len(answered.body))
    await _body(shot, b"")
    await _reset(shot)
    return True


async def reset_during_body(shot: Shot) -> bool:
    """Half the body, then a reset."""
    answered = await shot.truth()
    await _start(shot, answered, length=len(answered.body))
    await _body(shot, answered.body[: len(answered.body) // 2])
    await _reset(shot)
    return True


async def reset_after_body(shot: Shot) -> bool:
    """Every byte of a chunked body, then a reset where the last chunk should be."""
    answered = await shot.truth()
    await _start(shot, answered)
    await _body(shot, answered.body)
    await _reset(shot)
    return True


async def reset_idle(shot: Shot) -> bool:
    """A good answer, then a reset of the connection the client keeps for its next request."""
    answered = await shot.truth()
    transport = transport_of(shot.scope)
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    await answered.replay(shot.send)
    await asyncio.sleep(0.02)
    transport.abort()
    return True


async def truncated_body(shot: Shot) -> bool:
    """Half the promised bytes, then an orderly end."""
    answered = await shot.truth()
    await _start(shot, answered, length=len(answered.body))
    await _body(shot, answered.body[: len(answered.body) // 2])
    await _close(shot)
    return True


async def no_answer(shot: Shot) -> bool:
    """Nothing, for `seconds` or until the client gives up; then an orderly end."""
    try:
        await asyncio.wait_for(_gone(shot), shot.settings["seconds"])
    except TimeoutError:
        await _close(shot)
    return True


async def stalled_body(shot: Shot) -> bool:
    """Half the body, then nothing for `seconds` or until the client gives up; then an orderly end."""
    answered = await shot.truth()
    await _start(shot, answered, length=len(answered.body))
    await _body(shot, answered.body[: len(answered.body) // 2])
    return await no_answer(shot)


async def slow_body(shot: Shot) -> bool:
    """The whole body, in ten pieces over `seconds`."""
    answered = await shot.truth()
    await _start(shot, answered, length=len(answered.body))
    size = len(answered.body) // 10 + 1
    for start in range(0, len(answered.body), size):
        last = start + size >= len(answered.body)
        await shot.send(
            {
                "type": "http.response.body",
                "body": answered.body[start : start + size],
                "more_body": not last,
            }
        )
        await asyncio.sleep(shot.settings["seconds"] / 10)
    return True


def _rewritten(
    name: str, rewrite: Callable[[bytes], bytes], encoding: bytes | None = None, **more: bool
) -> Fault:
    """A complete answer with other bytes."""

    async def strike(shot: Shot) -> bool:
        answered = await shot.truth()
        headers = [pair for pair in answered.headers if encoding is None or pair[0] != b"content-encoding"]
        if encoding is not None:
            headers.append((b"content-encoding", encoding))
        await Answered(answered.status, headers, rewrite(answered.body)).replay(shot.send)
        return True

    return Fault(name, "body", strike, harmless=more.get("harmless", False))


def _cut_gzip(body: bytes) -> bytes:
    packed = gzip.compress(body)
    return packed[: max(20, len(packed) * 2 // 3)]


def _bad_gzip(body: bytes) -> bytes:
    packed = bytearray(gzip.compress(body))
    packed[-6] ^= 0xFF  # the checksum
    return bytes(packed)


async def date_skew(shot: Shot) -> bool:
    """A good answer whose Date header is `seconds` off."""
    answered = await shot.truth()
    at = datetime.now(UTC) + timedelta(seconds=shot.settings["seconds"])
    date = (b"date", format_datetime(at, usegmt=True).encode())
    await Answered(answered.status, [*answered.headers, date], answered.body).replay(shot.send)
    return True


WIRES: tuple[Fault, ...] = (
    Fault("reset_before", "wire", reset_before),
    Fault("close_before", "wire", close_before),
    Fault("reset_after_headers", "wire", reset_after_headers),
    Fault("reset_during_body", "wire", reset_during_body),
    Fault("reset_after_body", "wire", reset_after_body),
    Fault("reset_idle", "wire", reset_idle),
    Fault("truncated_body", "wire", truncated_body),
    Fault("no_answer", "wire", no_answer, {"seconds": 30.0}),
    Fault("stalled_body", "wire", stalled_body, {"seconds": 30.0}),
    Fault("slow_body", "wire", slow_body, {"seconds": 0.5}, harmless=True),
    Fault("date_skew", "drift", date_skew, {"seconds": 3600.0}, harmless=True),
    _rewritten("gzip", gzip.compress, b"gzip", harmless=True),
    _rewritten("truncated_gzip", _cut_gzip, b"gzip"),
    _rewritten("corrupt_gzip", _bad_gzip, b"gzip"),
    _rewritten("not_gzip", lambda body: body, b"gzip"),
    _rewritten("invalid_json", lambda body: body[: len(body) // 2]),
    _rewritten("trailing_garbage", lambda body: body + b"\n<!-- cached -->"),
    _rewritten("not_utf8", lambda body: b'{"\xe9":1,' + body[1:]),
)
