"""What can be done with materials and collections. Each service flushes; whoever called it commits."""
