"""One module per kind of file: `read(path, result)` adds pages, facts and cover, in the isolated process."""
