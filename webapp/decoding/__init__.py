"""The processes that decode files: what strangers made is read where it can reach nothing else."""
