"""HTTP that every hook shares: retries, pages, the request budget, redaction."""
