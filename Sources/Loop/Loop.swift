// The first file of Loop.
