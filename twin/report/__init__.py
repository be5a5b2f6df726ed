"""One page about one plan or several, with its pictures, readable without a network."""
