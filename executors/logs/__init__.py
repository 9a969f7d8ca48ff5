"""What executions say: captured, kept in Postgres, read and followed."""
