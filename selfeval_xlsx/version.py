"""The version of the program, as pyproject.toml has it; a module of its own so that every room can name it."""

VERSION = "0.1.0"
