"""Landfall brings SaaS vendors' data into a company's own warehouse."""

__version__ = "0.1.0"
