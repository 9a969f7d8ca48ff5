"""How times are written for people, by language."""
