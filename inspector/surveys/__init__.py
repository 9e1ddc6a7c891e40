"""A survey is what a network shows of many pictures: distributions in place of single figures.

The package is `inspector.surveys`, since `inspector.survey` is the function. Sources are in
`inspector.surveys.sources`, engines in `inspector.surveys.engines`.
"""
