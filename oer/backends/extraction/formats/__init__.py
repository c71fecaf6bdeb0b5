"""One module per kind of file: `read(path, findings)` notes pages, facts and cover, in the isolated process."""
