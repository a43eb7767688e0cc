// The first file of Configuration.
