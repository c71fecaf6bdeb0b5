"""What is done with stored content: taken in, kept, read, checked, thrown away."""
