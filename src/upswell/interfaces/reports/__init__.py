"""Reports as pages: one file that holds everything it shows, opens anywhere, prints, and asks nothing of a network."""
