"""The font of the reports: Liberation Serif (OFL 1.1), with every Vietnamese letter.

It is as wide, letter by letter, as Times New Roman, in which Vietnamese administrative documents are written (Decree
30/2020/NĐ-CP, annex I), so that a report breaks its lines in the same places wherever it is opened.
"""

from pathlib import Path

FAMILY = "Liberation Serif"
FOLDER = Path(__file__).parent
FACES = {"embedRegular": FOLDER / "LiberationSerif-Regular.ttf", "embedBold": FOLDER / "LiberationSerif-Bold.ttf"}
