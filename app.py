"""The app's door for `streamlit run app.py`; everything it shows is in `inspector.ui`."""

from inspector.ui.page import main

if __name__ == "__main__":
    main()
