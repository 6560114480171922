"""Makes the built-in demo clip, its timeline and its faces; serving needs none of it."""
