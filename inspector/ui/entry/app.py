"""The script of the installed app, and nothing else."""

from inspector.ui.page import main

if __name__ == "__main__":
    main()
