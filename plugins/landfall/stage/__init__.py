"""Staging: landed records become typed rows in the warehouse's staging schema."""
