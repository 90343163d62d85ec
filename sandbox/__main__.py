"""`python -m sandbox pennylane --port 8900`: serve one simulator until interrupted."""

from __future__ import annotations

import argparse
from inspect import signature
from typing import Any

import uvicorn

from sandbox import VENDORS, vendor_class
from sandbox.companies import Companies
from sandbox.server import uvicorn_config
from sandbox.vendor import TOKEN


def main() -> None:
    """Read the command line, build the vendor and serve it."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve a simulated vendor.")
    parser.add_argument("vendor", choices=sorted(VENDORS))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, help="the vendor's main rows; the rest follows in proportion")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--rate", type=int, help="requests allowed in --per seconds; 0 for no limit")
    parser.add_argument("--per", type=float, default=5.0)
    parser.add_argument("--companies", nargs="+", default=[], help="serve these, each by a token of its own")
    options = parser.parse_args()

    kind = vendor_class(options.vendor)
    settings: dict[str, object] = {"seed": options.seed, "latency": options.latency_ms / 1000}
    if options.rate is not None:
        settings["rate"] = (options.rate, options.per) if options.rate else None
    if options.records is not None:
        settings["records"] = options.records
    names = dict.fromkeys(options.companies) or {"": None}
    vendors = {
        name: kind(**settings | _of(kind, name, options.seed + number)) for number, name in enumerate(names)
    }
    for name, vendor in vendors.items():
        sizes = ", ".join(f"{len(rows)} {kind}" for kind, rows in vendor.rows.items())
        where = f"/_control/{name}/" if name else "/_control/"
        print(f"{vendor.name} on http://{options.host}:{options.port}{vendor.prefix}", flush=True)
        print(f"token {vendor.token}; {sizes}; control under {where}", flush=True)
    app = Companies(vendors) if options.companies else vendors[""]
    config = uvicorn_config(app, host=options.host, port=options.port, log_level="info")
    uvicorn.Server(config).run()


def _of(kind: type[Any], company: str, seed: int) -> dict[str, object]:
    """What one of several companies has of its own: token, rows, and a name where its vendor tells one."""
    if not company:
        return {}
    own: dict[str, object] = {"token": f"{TOKEN}-{company}", "seed": seed}
    return own | ({"company": (seed, company)} if "company" in signature(kind).parameters else {})


if __name__ == "__main__":
    main()
