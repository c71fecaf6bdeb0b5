"""The sample collection: finished files, their sources and the script that makes them; no code of the service."""
