"""``python -m scpo``."""

from scpo.cli.main import main

if __name__ == "__main__":
    main()
