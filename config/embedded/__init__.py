"""Postgres and Valkey from wheels, as processes that never outlive the one that started them."""
