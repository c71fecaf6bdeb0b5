"""What can be done with accounts, roles, units and consents. Each service flushes; the caller commits."""
