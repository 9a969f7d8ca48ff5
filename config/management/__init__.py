"""Management commands are found below this package."""
