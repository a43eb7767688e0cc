// The first file of Bayeux.
