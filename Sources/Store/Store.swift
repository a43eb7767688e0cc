// The first file of Store.
