"""Forms from JSON Schemas: a schema becomes fields with HTML names, and form data a JSON value.

Pure. `schemas.shape_of` says what a schema's values look like, a `Shape` (one file each in
`shapes`) what controls they have; a `Slot` is a place for a value, which may be left out or null.
`Slot.field` writes a value into controls and `Slot.read` reads it back from what a browser sends:
for any value that the schema allows, the same comes back. What no control can show is JSON text.
"""
