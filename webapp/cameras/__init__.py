"""The loops between camera and browser, and the runtime that owns their threads."""
