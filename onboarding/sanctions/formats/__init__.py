"""The files that sanctions lists come in. `detect` tells them apart; each format yields the persons it names."""
