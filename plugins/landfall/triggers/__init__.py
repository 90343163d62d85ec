"""Waits that run in the triggerer, so that they hold no worker."""
