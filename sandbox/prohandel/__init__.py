"""The ProHandel simulator: a token host, lists in pages with facts in headers, a filter nobody vouches for."""

from sandbox.prohandel.vendor import ProHandelVendor

__all__ = ["ProHandelVendor"]
