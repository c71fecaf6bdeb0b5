"""How the cells of the household budget look."""

from typing import Any

GREEN = "#0b5a4b"
FONT = {"font_name": "Arial", "font_size": 12, "valign": "vcenter"}
FRAMED = {**FONT, "border": 1}
MONEY = {**FRAMED, "num_format": "#,##0"}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {**FONT, "bold": True, "font_size": 20, "font_color": GREEN},
    "head": {**FRAMED, "bold": True, "bg_color": GREEN, "font_color": "#ffffff", "text_wrap": True},
    "text": FRAMED,
    "plain": {**FONT, "text_wrap": True, "valign": "top"},
    "money": MONEY,
    "input": {**MONEY, "bg_color": "#fdf6e6"},
    "total": {**MONEY, "bold": True, "bg_color": "#e9f1ee"},
    "percent": {**FRAMED, "num_format": "0%"},
    "date": {**FRAMED, "num_format": "dd/mm/yyyy"},
    "month": {**FRAMED, "num_format": "mm/yyyy", "bg_color": "#fdf6e6", "bold": True},
    "label": {**FRAMED, "bold": True, "bg_color": "#e9f1ee"},
    "empty_date": {**FONT, "num_format": "dd/mm/yyyy"},
    "empty_money": {**FONT, "num_format": "#,##0"},
}
