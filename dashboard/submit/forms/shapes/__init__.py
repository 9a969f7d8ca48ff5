"""What values look like, and the controls that they have: one file for each kind."""
