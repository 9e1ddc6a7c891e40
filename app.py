"""The app's door for `streamlit run app.py`; everything it shows is in `inspector.ui`.

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
