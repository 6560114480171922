"""The pure core: values and rules, without IO, clock or framework."""
