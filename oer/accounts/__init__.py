"""People, the organisations they work for, what they may do, how they sign in, what they agreed to."""
