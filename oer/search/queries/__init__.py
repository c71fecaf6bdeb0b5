"""What can be asked: results, suggestions, materials like another."""
