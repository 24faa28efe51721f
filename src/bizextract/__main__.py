"""``python -m bizextract`` is the command ``bizextract``."""

from bizextract.cli import main

if __name__ == "__main__":
    main()
