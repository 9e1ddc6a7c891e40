"""The script of the installed app, and nothing else.

Streamlit imports the file for the server, and runs it for each page.
"""

import streamlit as st

if __name__ == "__main__":
    from inspector.ui.page import main

    main()
else:
    from inspector.ui.gate import gates
    from inspector.ui.messages import unexpected

    app = st.App(__file__, middleware=gates(), on_script_error=unexpected)
