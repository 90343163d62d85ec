"""What each vendor is: its declaration, its records, and the business rules it needs."""
