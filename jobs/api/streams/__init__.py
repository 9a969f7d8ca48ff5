"""Server-sent events on ASGI: what every kind of stream has in common.

A kind of stream has a `Hub` that looks for news for all its streams at once, an application that
asks Django before it begins (`asgi.answer`), and says what is sent (`sending.stream`).
"""
