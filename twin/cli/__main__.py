"""``python -m twin.cli``."""

from twin.cli.commands import main

if __name__ == "__main__":
    main()
