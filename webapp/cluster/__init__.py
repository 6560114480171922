"""Several machines as one server: links over Redis, and what web processes see of workers."""
