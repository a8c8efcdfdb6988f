"""The kernel: hooks, step types, plugins, the plan."""
