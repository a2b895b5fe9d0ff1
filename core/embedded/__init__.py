"""The ground Callout is started on: its own PostgreSQL and Valkey, and the supervisor that starts, watches and ends every process.

Pure standard library, and nothing of Flask: it runs before the application can be imported, and its own memory counts.
Linux only (`/proc`, `prctl`). Sockets are Unix sockets in a directory only their owner may enter; nothing listens on the network.
"""
