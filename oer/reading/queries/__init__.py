"""What the pages of a material show."""
