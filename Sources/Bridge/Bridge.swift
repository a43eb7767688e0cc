// The first file of Bridge.
