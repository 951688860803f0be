"""The form: declared once, its arithmetic, its settings, and how it is filled. Pure."""
