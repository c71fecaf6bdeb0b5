"""What people type about accounts, units and themselves."""
