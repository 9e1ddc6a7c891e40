"""The entry is the script that the installed app's server runs.

It has a folder to itself, since Streamlit puts a script's folder first on Python's search path: in
that of the other modules, a library that tries `import panel` would find ours.
"""
