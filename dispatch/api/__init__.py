"""Dispatch over HTTP: visits and suggestions, reports from the road, stock, what can be chosen."""
