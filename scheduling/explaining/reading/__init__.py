"""What explanations are made from, read from the database in bounded time."""
