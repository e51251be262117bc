"""The same edge by the module's name: `python -m constitution_lint`."""

from constitution_lint.cli import main

if __name__ == "__main__":
    main()
