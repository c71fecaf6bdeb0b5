"""Covers by rule, for materials that have no picture of their own.

The form is the kind of the material, the colour its first subject, the tile its public id, the words its title. The
same material always gets the same drawing, byte for byte, so that people know it again; docs/look.md has the rule.
"""
