"""Users, sign-ins and what must outlive a restart; reads return frozen dataclasses."""
