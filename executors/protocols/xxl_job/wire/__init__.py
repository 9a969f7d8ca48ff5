"""XXL-JOB's messages, read tolerantly and written strictly. Pure: no Django, no I/O.

`envelope` is what every answer has around it, `told` what executors tell their admin, `asked`
what they are asked.
"""
