"""A worker: one of several processes, on several machines, that share the cameras."""
