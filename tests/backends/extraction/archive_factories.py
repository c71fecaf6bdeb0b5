"""ZIP archives of every temper, made when they are needed."""

import io
import stat
import struct
import zipfile
import zlib


def zip_of(members, method=zipfile.ZIP_DEFLATED):
    """Return an archive of (name, content) pairs or of a mapping."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in dict(members).items():
            archive.writestr(name, content)
    return target.getvalue()


def raw_zip(members):
    """Return an archive whose headers say exactly what they are told.

    A member is a dict: `name` (bytes), `packed`, `size`, and where wanted `method`, `flags`, `crc`, `mode`, `offset`
    (of the local header that the directory names).
    """
    body, directory = bytearray(), bytearray()
    for each in members:
        packed, name = each.get("packed", b""), each["name"]
        method, flags = each.get("method", 8), each.get("flags", 0)
        crc, size = each.get("crc", 0), each.get("size", 0)
        sizes = (crc, each.get("packed_size", len(packed)), size, len(name), 0)
        offset = each.get("offset", len(body))
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0, *sizes) + name + packed
        directory += (
            struct.pack(
                "<4s6H3L5H2L",
                b"PK\x01\x02",
                0x314,
                20,
                flags,
                method,
                0,
                0,
                *sizes,
                0,
                0,
                0,
                each.get("mode", 0) << 16,
                offset,
            )
            + name
        )
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, len(members) & 0xFFFF, len(members) & 0xFFFF, len(directory), len(body), 0
    )
    return bytes(body + directory + end)


def deflate(content):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def member(name, content, **changes):
    name = name.encode() if isinstance(name, str) else name
    return {"name": name, "packed": deflate(content), "size": len(content), "crc": zlib.crc32(content), **changes}


def zeros(megabytes):
    """Return deflated zeros, made without holding them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)) + packer.flush()
    return packed, megabytes * 1024 * 1024


def flat_bomb():
    packed, size = zeros(40)
    return raw_zip([{"name": b"%d.txt" % number, "packed": packed, "size": size} for number in range(10)])


def one_big_member():
    packed, size = zeros(300)
    return raw_zip([{"name": b"big.txt", "packed": packed, "size": size}])


def nested_bomb():
    packed, size = zeros(40)
    inner = raw_zip([{"name": b"zeros.txt", "packed": packed, "size": size}])
    return zip_of({f"inner{number}.zip": inner for number in range(10)})


def deep_archive(depth):
    content = b"at the bottom"
    for level in range(depth):
        content = zip_of({f"level{level}.zip" if level else "text.txt": content}, zipfile.ZIP_STORED)
    return content


def quoted_overlap(count=100):
    """Return a small archive whose members each inflate everything that follows (the way of CVE-2024-0450)."""
    packed, size = zeros(4)
    kernel = {"name": b"kernel", "packed": packed, "size": size}
    return raw_zip(
        [
            kernel,
            *(
                {"name": b"%d" % number, "packed_size": len(packed), "size": size, "offset": 0}
                for number in range(count)
            ),
        ]
    )


def many_entries(count=70_000):
    return raw_zip([{"name": b"%d" % number, "method": 0} for number in range(count)])


def symlink():
    return raw_zip([member("link", b"/etc/passwd", mode=stat.S_IFLNK | 0o777)])


def encrypted():
    return raw_zip([member("secret.txt", b"x" * 100, flags=1)])
