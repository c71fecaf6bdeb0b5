"""What the pages of a material show."""

from oer.reading.queries.courses import Place, places_in_courses
from oer.reading.queries.files import FileLine, Way, file_lines
from oer.reading.queries.material_page import MaterialPage, Related, material_page
from oer.reading.queries.seeing import Seen, see_material

__all__ = [
    "FileLine",
    "MaterialPage",
    "Place",
    "Related",
    "Seen",
    "Way",
    "file_lines",
    "material_page",
    "places_in_courses",
    "see_material",
]
