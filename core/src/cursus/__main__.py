"""`python -m cursus` is the command line."""

from cursus.cli import main

main()
