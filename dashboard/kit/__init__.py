"""Draws and writes; knows neither session nor store."""
