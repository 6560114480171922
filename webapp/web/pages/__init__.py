"""The pages: one blueprint per page, its forms and what it shows."""
