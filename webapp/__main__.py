"""`python -m webapp`: the command line."""

from webapp.command.main import main

main()
