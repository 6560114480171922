"""Who may come in: sign-in, guard, cookies and forms."""
