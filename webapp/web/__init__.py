"""The pages, the API and the live connections: one blueprint per concern."""
