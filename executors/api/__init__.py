"""The REST API of executors and executions."""
