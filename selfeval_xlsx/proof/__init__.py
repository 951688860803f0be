"""Self-proof: errors are seeded into a copy of a filled form, and the checks must notice them.

``seeds`` makes the errors, ``truth`` says by its own arithmetic which of them something in the form
contradicts, ``run`` holds both against what the checks find, and prints it.
"""
