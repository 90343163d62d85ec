"""The control interface: everything a test does to a simulator in Python, over HTTP under `/_control/`.

`POST /_control/<action>` takes the action's arguments as a JSON object, or a list of such objects:

insert, update, delete, recreate, touch    resource, id, fields
emit                                       resource, id, operation, processed_at
changes                                    n
drift                                      resource, field, value
on_page                                    resource, page, actions: a list of objects, each with its `action`;
                                           a changelog is the resource `changelogs/<name>`
fault                                      name, path, method, nth, times, and the fault's own settings
clear_faults                               -
clock                                      set (date-time), advance (seconds), freeze, run
token                                      revoked (bool), expires_at (date-time or null), scopes (list)
settings                                   what the vendor's `configure` takes
reset, reset_stats                         -

`GET /_control/stats`, `/faults`, `/clock`, `/truth/{resource}`, `/changelog/{resource}` answer what is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import instant, stamp
from sandbox.rows import decode, encode

if TYPE_CHECKING:
    from sandbox.vendor import Vendor

Arguments = dict[str, Any]


def _json(content: Any, status: int = 200) -> Response:
    return Response(encode(content), status, media_type="application/json")


def _actions(vendor: Vendor) -> dict[str, Callable[[Arguments], Any]]:
    def emit(do: Arguments) -> None:
        late = do.get("processed_at")
        at = instant(late) if late else None
        vendor.emit(do["resource"], do["id"], do.get("operation", "update"), processed_at=at)

    def on_page(do: Arguments) -> None:
        wanted = [dict(action) for action in do["actions"]]

        def hook() -> None:
            for action in wanted:
                actions[action["action"]](action)

        vendor.on_page(do["resource"], do["page"], hook)

    def clock(do: Arguments) -> str:
        if do.get("set"):
            vendor.clock.set(instant(do["set"]))
        vendor.clock.advance(do.get("advance", 0))
        if do.get("freeze"):
            vendor.clock.freeze()
        if do.get("run"):
            vendor.clock.run()
        return stamp(vendor.clock.now())

    def token(do: Arguments) -> None:
        vendor.revoked = do.get("revoked", vendor.revoked)
        if "expires_at" in do:
            vendor.token_expires = instant(do["expires_at"]) if do["expires_at"] else None
        if "scopes" in do:
            vendor.scopes = set(do["scopes"])

    def reset_stats(_: Arguments) -> None:
        vendor.stats.reset()
        vendor.window.reset()

    actions: dict[str, Callable[[Arguments], Any]] = {
        "insert": lambda do: vendor.insert(do["resource"], do.get("fields")),
        "update": lambda do: vendor.update(do["resource"], do["id"], do.get("fields")),
        "delete": lambda do: vendor.delete(do["resource"], do["id"]),
        "recreate": lambda do: vendor.recreate(do["resource"], do["id"], do.get("fields")),
        "touch": lambda do: vendor.touch(do["resource"], do["id"]),
        "emit": emit,
        "changes": lambda do: vendor.changes(do.get("n", 1)),
        "drift": lambda do: vendor.drift(do["resource"], do["field"], do.get("value")),
        "on_page": on_page,
        "fault": lambda do: vendor.faults.add(**do),
        "clear_faults": lambda _: vendor.faults.clear(),
        "clock": clock,
        "token": token,
        "settings": vendor.configure,
        "reset": lambda _: vendor.reset(),
        "reset_stats": reset_stats,
    }
    return actions


def control_routes(vendor: Vendor) -> Router:
    """The ASGI application behind `/_control`."""
    actions = _actions(vendor)

    async def act(request: Request) -> Response:
        action = actions.get(request.path_params["action"])
        if action is None:
            return _json({"error": "no such action", "actions": sorted(actions)}, 404)
        try:
            body = decode(await request.body() or b"{}")
            with vendor.lock:
                results = [action(do) for do in (body if isinstance(body, list) else [body])]
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)
        return _json({"result": results if isinstance(body, list) else results[0]})

    async def look(request: Request) -> Response:
        what, resource = request.path_params["what"], request.path_params.get("resource")
        if what == "stats":
            return _json(vendor.stats.summary(vendor.window))
        if what == "faults":
            return _json(vendor.faults.pending())
        if what == "clock":
            return _json(stamp(vendor.clock.now()))
        if what == "truth" and resource in vendor.rows:
            return _json(vendor.truth(resource))
        if what == "changelog" and resource in vendor.changelogs:
            return _json(vendor.changelogs[resource].all())
        return _json({"error": "nothing here", "resources": sorted(vendor.rows)}, 404)

    async def index(_: Request) -> Response:
        return PlainTextResponse(__doc__ or "")

    return Router(
        [
            Route("/_control", index),
            Route("/_control/", index),
            Route("/_control/{action}", act, methods=["POST"]),
            Route("/_control/{what}", look),
            Route("/_control/{what}/{resource}", look),
        ]
    )
