"""A lakehouse as warehouse: Delta tables in a folder, on S3 or in OneLake, written and queried by deltalake alone."""
