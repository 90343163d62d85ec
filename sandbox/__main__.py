"""`python -m sandbox pennylane --port 8900`: serve one simulator until interrupted."""

from __future__ import annotations

import argparse

import uvicorn

from sandbox import VENDORS, vendor_class
from sandbox.server import uvicorn_config


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
    options = parser.parse_args()

    kind = vendor_class(options.vendor)
    settings: dict[str, object] = {"seed": options.seed, "latency": options.latency_ms / 1000}
    if options.rate is not None:
        settings["rate"] = (options.rate, options.per) if options.rate else None
    if options.records is not None:
        settings["records"] = options.records
    vendor = kind(**settings)
    sizes = ", ".join(f"{len(rows)} {name}" for name, rows in vendor.rows.items())
    print(f"{vendor.name} on http://{options.host}:{options.port}{vendor.prefix}", flush=True)
    print(f"token {vendor.token}; {sizes}; control under /_control/", flush=True)
    config = uvicorn_config(vendor, host=options.host, port=options.port, log_level="info")
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
