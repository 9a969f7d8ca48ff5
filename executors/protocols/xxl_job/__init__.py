"""XXL-JOB's classic executor protocol, so that its executors can be used as they are."""
