"""A small internet on one machine, to run the unchanged program in."""
