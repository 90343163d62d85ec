"""Pennylane's asynchronous exports: create, poll, download.

Source: Pennylane's OpenAPI document (exports) and public clients of them. A file's address works for 30 minutes.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.clock import stamp
from sandbox.pennylane.analytical import analytical_file
from sandbox.pennylane.declared import EXPORT_SCOPES
from sandbox.pennylane.fec import FEC_FORMATS, FecFormat, fec_file
from sandbox.pennylane.query import ApiError, refused
from sandbox.rows import Row, decode, encode
from sandbox.vendor import presented_token

if TYPE_CHECKING:
    from sandbox.pennylane.vendor import PennylaneVendor

EXPIRY = timedelta(minutes=30)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SIREN = "999000042"


@dataclass
class Export:
    """One job, with what it will write, taken from the books when it was asked for."""

    id: int
    kind: str
    start: date
    end: date
    mode: str
    created_at: datetime
    ready_at: datetime
    fails: bool
    booked: list[tuple[Row, list[Row]]]
    names: dict[str, Any]
    form: FecFormat
    french: bool
    content: bytes | None = None

    @property
    def filename(self) -> str:
        """`<SIREN>FEC<closing date>.txt`, or a workbook, provisional while its year is open."""
        if self.kind == "fecs":
            return f"{SIREN}FEC{self.end:%Y%m%d}.txt"
        provisional = "" if str(self.end.year) in self.names["closed"] else "Provisional_"
        return f"{provisional}analytical_general_ledger_{self.start}_{self.end}.xlsx"

    def file(self) -> bytes:
        """The finished file; made once."""
        if self.content is None:
            if self.kind == "fecs":
                self.content = fec_file(self.booked, self.names, self.form, self.filename)
            else:
                in_column = self.mode == "in_column"
                self.content = analytical_file(
                    self.booked, self.names, in_column=in_column, french=self.french
                )
        return self.content


@dataclass
class Exports:
    """All jobs, and how the next ones go.

    :ivar delay: seconds a job is pending.
    :ivar failures: how many of the next jobs end in `error`.
    :ivar fec_format: a name in `FEC_FORMATS`.
    :ivar french: French headers in the analytical ledger.
    :ivar host: what `file_url` starts with; "" for the host the poll was sent to. Elsewhere a file refuses a request
        that brings an Authorization header, as presigned stores do.
    """

    delay: float = 1.0
    failures: int = 0
    fec_format: str = "tab"
    french: bool = False
    host: str = ""
    jobs: dict[int, Export] = field(default_factory=dict)


async def create(vendor: PennylaneVendor, request: Request) -> bytes:
    """`POST /exports/{kind}`."""
    kind = _kind(vendor, request)
    start, end, mode = _read_body(kind, await request.body())
    settings, now = vendor.exports, vendor.clock.now()
    with vendor.lock:
        job = Export(
            id=9_500_000 + len(settings.jobs),
            kind=kind,
            start=start,
            end=end,
            mode=mode,
            created_at=now,
            ready_at=now + timedelta(seconds=settings.delay),
            fails=settings.failures > 0,
            booked=_booked(vendor, start.isoformat(), end.isoformat()),
            names=_names(vendor),
            form=FEC_FORMATS[settings.fec_format],
            french=settings.french,
        )
        settings.failures = max(0, settings.failures - 1)
        settings.jobs[job.id] = job
    return encode({"id": job.id, "status": "pending", "created_at": stamp(now), "updated_at": stamp(now)})


def _kind(vendor: PennylaneVendor, request: Request) -> str:
    kind: str = request.path_params["kind"]
    if kind not in EXPORT_SCOPES:
        raise ApiError(404, {"error": "Not Found", "status": 404})
    scope = EXPORT_SCOPES[kind]
    if scope not in vendor.scopes:
        raise ApiError(403, {"error": f'Access to this resource requires scope "{scope}".', "status": 403})
    return kind


def _read_body(kind: str, raw: bytes) -> tuple[date, date, str]:
    try:
        body = decode(raw)
    except msgspec.DecodeError:
        raise refused("the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise refused("the body must be an object")
    known = {"period_start", "period_end"} | ({"mode"} if kind != "fecs" else set())
    for name in body.keys() - known:
        raise refused(f"{name} is not defined", field=name, code="NotExistPropertyDefinition")
    for name in ("period_start", "period_end"):
        if name not in body:
            raise refused(f"{name} is required", field=name, code="NotExistRequiredKey")
    mode = body.get("mode", "in_line")
    if mode not in ("in_line", "in_column"):
        raise refused("mode is not one of in_line, in_column", field="mode", code="NotEnumInclude")
    start, end = _day(body, "period_start"), _day(body, "period_end")
    if end < start:
        raise refused("period_end is before period_start")
    return start, end, mode


def _day(body: Row, name: str) -> date:
    try:
        day = date.fromisoformat(body[name])
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != body[name]:
        raise refused(f"{name} is not a date", field=name, code="InvalidDateFormat")
    return day


def _booked(vendor: PennylaneVendor, start: str, end: str) -> list[tuple[Row, list[Row]]]:
    """The dated entries of the period that have lines, by date."""
    entries, lines = vendor.rows["ledger_entries"], vendor.rows["ledger_entry_lines"]
    dates = entries.column("date")
    chosen = sorted((day, row_id) for row_id, day in dates.items() if day is not None and start <= day <= end)
    found = []
    for _, entry_id in chosen:
        line_ids = sorted(vendor.lines_of.get(entry_id, ()))
        if line_ids:
            found.append((entries.get(entry_id), [lines.get(line_id) for line_id in line_ids]))
    return found


def _names(vendor: PennylaneVendor) -> dict[str, Any]:
    return {
        "journals": {row["id"]: row for row in vendor.truth("journals")},
        "accounts": {row["id"]: row for row in vendor.truth("ledger_accounts")},
        "closed": {
            row["start"][:4] for row in vendor.truth("fiscal_years") if row["status"] in ("closed", "frozen")
        },
    }


async def poll(vendor: PennylaneVendor, request: Request) -> bytes:
    """`GET /exports/{kind}/{id}`; every poll of a finished job answers a fresh address."""
    kind, text = _kind(vendor, request), request.path_params["id"]
    job = vendor.exports.jobs.get(int(text)) if text.isdecimal() else None
    if job is None or job.kind != kind:
        raise ApiError(404, {"error": f"Couldn't find Export with 'id'={text}", "status": 404})
    now = vendor.clock.now()
    status, url, changed = "pending", None, job.created_at
    if now >= job.ready_at:
        changed = job.ready_at
        status = "error" if job.fails else "ready"
    if status == "ready":
        expires = int((now + EXPIRY).timestamp())
        host = vendor.exports.host or f"http://{request.headers.get('host', '127.0.0.1')}"
        url = f"{host}/files/{job.id}?expires={expires}&signature={_sign(vendor, job.id, expires)}"
    state = {"id": job.id, "file_url": url, "status": status}
    return encode(state | {"created_at": stamp(job.created_at), "updated_at": stamp(changed)})


def _sign(vendor: PennylaneVendor, job_id: int, expires: int) -> str:
    return hashlib.sha256(f"{vendor.seed}/{job_id}/{expires}".encode()).hexdigest()[:32]


async def download(vendor: PennylaneVendor, request: Request) -> Response:
    """`GET /files/{name}`: the store behind `file_url`."""
    text, asked = request.path_params["name"], request.query_params
    expires = int(asked["expires"]) if asked.get("expires", "").isdecimal() else 0
    job = vendor.exports.jobs.get(int(text)) if text.isdecimal() else None
    if job is None or asked.get("signature") != _sign(vendor, job.id, expires):
        return PlainTextResponse("SignatureDoesNotMatch", 403)
    if vendor.clock.now().timestamp() > expires:
        return PlainTextResponse("AccessDenied: Request has expired", 403)
    if vendor.exports.host and "authorization" in request.headers:
        return PlainTextResponse("InvalidArgument: Only one auth mechanism allowed", 400)
    if not vendor.exports.host and not vendor.token_valid(presented_token(request.scope)):
        return PlainTextResponse("Unauthorized", 401)
    content = await asyncio.to_thread(job.file)
    zipped = job.kind == "fecs" and job.form.zipped
    name = job.filename.replace(".txt", ".zip") if zipped else job.filename
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    kind = XLSX if job.kind != "fecs" else "application/zip" if zipped else "application/octet-stream"
    return Response(content, headers=headers, media_type=kind)
