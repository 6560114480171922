"""Links between processes of several machines."""
