"""What PostgreSQL and SQL Server share, and what each has of its own: one database, one transaction."""
