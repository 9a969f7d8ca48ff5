"""What `/metrics` tells Prometheus, read from Postgres when it asks.

Nothing is counted in between: any web process gives the same answer, none holds a state that
a restart could lose. Every query is bounded, by an index and by a time limit, however many
jobs there are.
"""
