"""Tests of the layout, of the tooling, and of journeys across applications."""
