"""Where a network sees and shoots: the engine's own detection function, asked over ranges, maps and cuts.

Its files are imported one by one: a run needs `ranges` only, and should not wait for maps.
"""
