"""One module per kind of file: `read(path, result)` notes pages, facts and cover, in the isolated process."""
