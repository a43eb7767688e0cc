// The first file of Calls.
