"""A Django app with the job types that tests and benches run; CELERIAC_APPS adds it."""
