// The first file of Simulator.
