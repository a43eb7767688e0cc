// The first file of API.
