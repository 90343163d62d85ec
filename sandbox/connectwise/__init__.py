"""The ConnectWise PSA simulator: lists in two kinds of paging, counts, conditions, changes."""

from sandbox.connectwise.vendor import ConnectWiseVendor

__all__ = ["ConnectWiseVendor"]
