"""How many jobs ended, how long they took and how many waited: kept for a week, in small tables.

`keeping.step` writes it, called again and again by the leading dispatcher; `charts` reads it.
"""
