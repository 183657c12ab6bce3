"""The mathematics of the method, in numpy: no files, no models."""
