"""Map the risks."""
