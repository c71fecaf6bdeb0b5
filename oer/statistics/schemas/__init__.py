"""What people ask for and what they are given: filters read from an address, reports, sheets, charts."""
