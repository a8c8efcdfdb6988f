"""One plan, three products."""
