"""``python -m selfeval_xlsx`` is the command line."""

from selfeval_xlsx.cli import main

main()
