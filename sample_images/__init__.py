"""Sample pictures: eleven drawings, each made to ask one question of an attention map.

The PNG files are rendered by `python -m sample_images.render`; SOURCES.md says what each is for.
"""
