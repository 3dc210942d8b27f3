"""Charts of sensors: asked for, kept, posted once a day; `charts` holds the pure functions that specify them."""
