"""Asking: from what somebody typed to a page of materials that answer it."""
