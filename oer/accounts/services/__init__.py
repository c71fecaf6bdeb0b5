"""What can be done with accounts, roles and units. Each service flushes; whoever called it commits."""
