"""The likely cause of a broken relation: corrections are tried on the figures; one that repairs them is told."""
