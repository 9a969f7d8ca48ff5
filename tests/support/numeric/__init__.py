"""A Django app whose jobs ask numeric libraries what they were told."""
