"""What is read of the usage totals."""
