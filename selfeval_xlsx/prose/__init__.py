"""What texts say: figures of running text and the cells of the form they may speak of."""
