"""What is wrong with a Word template of one's own, told with its place."""
