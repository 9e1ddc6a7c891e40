"""The user interface is an interpreter of views: it knows no mechanism and no view by name.

It chooses a network and pictures, turns a view's controls into widgets, and shows the figure with
its provenance and its downloads. Streamlit is imported here and in `app.py` only.
"""
