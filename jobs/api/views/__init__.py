"""The views, a file for each kind of thing."""
