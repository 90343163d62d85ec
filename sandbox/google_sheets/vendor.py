"""Google Sheets as a vendor: service accounts, tokens, metadata and values."""

from __future__ import annotations

import base64
import json
import re
import secrets
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.google_sheets.documents import HOURS, Spreadsheet, Worksheet, documents, rendered, trimmed
from sandbox.rows import Row, encode
from sandbox.vendor import Vendor, presented_token, verdict

ACCOUNT = "reader@demo-project.iam.example.org"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LEAST_ROWS, LEAST_COLUMNS = 1000, 26
_CELLS = re.compile(r"([A-Z]*)(\d*)(?::([A-Z]*)(\d*))?")
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


@cache
def private_key() -> rsa.RSAPrivateKey:
    """The key of the demo's service account, made when first needed."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Refusal(Exception):
    """Answered with Google's error envelope."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status or _STATUS[code]


class GoogleSheetsVendor(Vendor):
    """The documents of `sandbox.google_sheets.documents`, for the holder of one service account's key.

    `documents` may be changed at any time; that of the id `HOURS` has the hours.
    """

    name: ClassVar[str] = "google_sheets"
    prefix: ClassVar[str] = "/v4"
    changing: ClassVar[tuple[str, ...]] = ("PersonalTraining",)
    connection: ClassVar[dict[str, Any]] = {"spreadsheet_id": HOURS, "requests_per_period": 6000}

    def fill(self) -> None:
        self.documents: dict[str, Spreadsheet] = documents()
        self.tokens: set[str] = set()

    def blank(self, resource: str) -> Row:
        raise ValueError("change the documents instead")

    def edit(self, resource: str, row: Row) -> Row:
        raise ValueError("change the documents instead")

    def changes(self, n: int) -> dict[str, int]:
        """Add sessions at the end of the hours, a tenth of `n` as a sheet has them, on the days before today."""
        rows = self.documents[HOURS].worksheets[0].rows
        many = max(1, n // 10)
        for number in range(many):
            day = self.clock.now().date() - timedelta(days=number)
            rows.append(["Mila", "Bedacht", day, self.random.choice((0.5, 1, 1.5))])
        return {"insert": many}

    @classmethod
    def password(cls, address: str) -> str:
        return json.dumps(cls.service_account("{0.scheme}://{0.netloc}".format(urlsplit(address))))

    @staticmethod
    def service_account(url: str) -> dict[str, str]:
        """The key file of the service account, whose tokens come from the simulator at `url`."""
        pem = private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "project_id": "demo-project",
            "private_key_id": "demo",
            "private_key": pem.decode(),
            "client_email": ACCOUNT,
            "client_id": "1",
            "token_uri": f"{url}/token",
        }

    async def api(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        with self.lock:
            try:
                answer = self._answer(request, body)
            except Refusal as refusal:
                error = {"code": refusal.code, "message": refusal.message, "status": refusal.status}
                answer = Response(
                    encode({"error": error}), refusal.code, media_type="application/json; charset=UTF-8"
                )
        await answer(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        if request.url.path == "/token" and request.method == "POST":
            return self._token(body)
        if not verdict(request.scope).allowed:
            raise Refusal(429, "Quota exceeded for quota metric 'Read requests'")
        if presented_token(request.scope) not in self.tokens or self.revoked:
            raise Refusal(401, "Request had invalid authentication credentials.")
        path = str(request.scope["raw_path"], "ascii").removeprefix(self.prefix)
        found = re.fullmatch(r"/spreadsheets/([^/:]+)(?:/(values)/([^/]+)|/(values:batchGet))?", path)
        if not found:
            raise Refusal(404, "Requested entity was not found.")
        document = self._document(found[1])
        asked = request.query_params
        if found[2]:
            content = self._values(document, unquote(found[3]), asked)
        elif found[4]:
            ranges = [self._values(document, each, asked) for each in asked.getlist("ranges")]
            content = {"spreadsheetId": found[1], "valueRanges": ranges}
        else:
            content = _metadata(found[1], document)
        self.page_served("values" if found[2] or found[4] else "metadata")
        return Response(encode(content), media_type="application/json; charset=UTF-8")

    def _token(self, body: bytes) -> Response:
        given = {name: values[0] for name, values in parse_qs(body.decode("ascii")).items()}
        claims = _claims(given.get("assertion", ""))
        good = given.get("grant_type") == GRANT and claims.get("iss") == ACCOUNT
        if not good or SCOPE not in str(claims.get("scope")).split() or self.revoked:
            told = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            return JSONResponse(told, 400)
        token = secrets.token_hex(16)
        self.tokens.add(token)
        return JSONResponse({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _document(self, row_id: str) -> Spreadsheet:
        document = self.documents.get(row_id)
        if document is None:
            raise Refusal(404, "Requested entity was not found.")
        if not document.shared:
            raise Refusal(403, "The caller does not have permission")
        if document.uploaded:
            raise Refusal(400, "This operation is not supported for this document", "FAILED_PRECONDITION")
        return document

    def _values(self, document: Spreadsheet, a1: str, asked: Any) -> Row:
        sheet, cells = _located(document, a1)
        value = asked.get("valueRenderOption", "FORMATTED_VALUE")
        times = asked.get("dateTimeRenderOption", "SERIAL_NUMBER")
        top, left, bottom, right = _bounds(sheet, cells)
        rows = [
            [rendered(cell, document.locale, value, times) for cell in row[left - 1 : right]]
            for row in sheet.rows[top - 1 : bottom]
        ]
        name = sheet.title if sheet.title.isalnum() else "'" + sheet.title.replace("'", "''") + "'"
        told: Row = {
            "range": f"{name}!{_letters(left)}{top}:{_letters(right)}{bottom}",
            "majorDimension": "ROWS",
        }
        kept = trimmed(rows)
        return told | ({"values": kept} if kept else {})


def _metadata(row_id: str, document: Spreadsheet) -> Row:
    sheets = [
        {
            "properties": {
                "sheetId": sheet.gid,
                "title": sheet.title,
                "index": index,
                "sheetType": "GRID",
                "gridProperties": {"rowCount": LEAST_ROWS, "columnCount": LEAST_COLUMNS},
            }
        }
        for index, sheet in enumerate(document.worksheets)
    ]
    properties = {"title": document.title, "locale": document.locale, "timeZone": "Europe/Amsterdam"}
    url = f"https://docs.google.com/spreadsheets/d/{row_id}/edit"
    return {"spreadsheetId": row_id, "properties": properties, "sheets": sheets, "spreadsheetUrl": url}


def _located(document: Spreadsheet, a1: str) -> tuple[Worksheet, str]:
    """The worksheet and the cells of a range; without a title, those of the first worksheet."""
    found = re.fullmatch(r"(?:'((?:[^']|'')+)'|([^'!]+))(?:!(.*))?", a1)
    if found:
        title = (found[1] or found[2]).replace("''", "'")
        for sheet in document.worksheets:
            if sheet.title == title:
                return sheet, found[3] or ""
        if document.worksheets and found[3] is None and not found[1] and _CELLS.fullmatch(a1):
            return document.worksheets[0], a1
    raise Refusal(400, f"Unable to parse range: {a1}")


def _bounds(sheet: Worksheet, cells: str) -> tuple[int, int, int, int]:
    found = _CELLS.fullmatch(cells)
    if not found:
        raise Refusal(400, f"Unable to parse range: {cells}")
    last_row = max(LEAST_ROWS, len(sheet.rows))
    left, top, right, bottom = found.groups()
    if cells and not (right or bottom):
        right, bottom = left, top
    return (
        int(top or 1),
        _column(left or "A"),
        int(bottom or last_row),
        _column(right) if right else LEAST_COLUMNS,
    )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _claims(token: str) -> Row:
    """The claims of a JWT that the demo's key signed; none of any other."""
    head, _, signature = token.rpartition(".")
    try:
        private_key().public_key().verify(
            _decoded(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        claims: Row = json.loads(_decoded(head.partition(".")[2]))
    except (InvalidSignature, ValueError):
        return {}
    return claims


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
