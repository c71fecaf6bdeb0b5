"""The catalogue for other programs: schema.org metadata in pages, feeds, sitemap, robots.txt."""
