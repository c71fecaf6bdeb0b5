"""All Flask glue: what every page shares. It decides nothing about materials or people."""
