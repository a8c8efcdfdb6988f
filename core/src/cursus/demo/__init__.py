"""The demonstration: real flights, a config and a DAG as a user would have them."""
