"""`python -m dowding` is the `dowding` command."""

from dowding.cli import main

main()
