"""``python -m scpo``."""

from scpo.cli import main

if __name__ == "__main__":
    main()
