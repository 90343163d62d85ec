"""What a warehouse can be: one more line, and every test that runs on every engine runs on it too."""

ENGINES = {"postgresql": "postgres", "mssql": "mssql"}
"""An engine's name, and the fixture of the server that makes a database of it."""
LAKE = {"lake": "lakes"}
"""The same of what is no database: for tests that speak to a warehouse in the pipeline's words alone."""
