"""What executions say: captured, kept in Postgres, read and followed.

From a handler's mouth to a reader: `capture` hears it, `execution_log` keeps it within its limit,
`spool` holds it until `lease_logs` has `store` write it; `reading` gives it out.
"""
