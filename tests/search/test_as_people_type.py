"""What people really type finds the right material of the sample collection first.

With and without marks, in Telex, with typing errors, abbreviated, joined to numbers, in capitals, in English.
"""

import shutil

import pytest

from oer.app import open_installation
from oer.config import Settings
from oer.search.criteria import Search
from oer.search.queries.results import results_page

LEAST_RIGHT = 55
# What was typed -> the beginning of the title that should come first.
ASKED = {
    "tinh tien dien": "Điện trong nhà",
    "bị điện giật phải làm sao": "Điện trong nhà",
    "CB bị nhảy": "Điện trong nhà",
    "ddieenj giaatj": "Điện trong nhà",
    "chống dòng rò": "Điện trong nhà",
    "phan loai rac": "Phân loại rác",
    "PHÂN LOẠI RÁC": "Phân loại rác",
    "rác tái chế": "Phân loại rác",
    "u phan tai nha": "Phân loại rác",
    "waste sorting": "Phân loại rác",
    "trồng rau sạch": "Trồng rau",
    "trong rau thung xop": "Trồng rau",
    "troongf rau": "Trồng rau",
    "trồgn rau trên sân thượng": "Trồng rau",
    "rau muong": "Trồng rau",
    "ngon ngu ki hieu": "Chào bạn điếc",
    "chữ cái ngón tay": "Chào bạn điếc",
    "người khiếm thính": "Chào bạn điếc",
    "sign language": "Chào bạn điếc",
    "lừa đảo": "Cuộc gọi lạ",
    "lừa đão": "Cuộc gọi lạ",
    "giả danh công an": "Cuộc gọi lạ",
    "cuoc goi la": "Cuộc gọi lạ",
    "lua dao qua dien thoai": "Cuộc gọi lạ",
    "VNeID": "Kỹ năng số",
    "smartphone": "Kỹ năng số",
    "mat khau manh": "Kỹ năng số",
    "wifi": "Kỹ năng số",
    "AI": "Kỹ năng số",
    "tri tue nhan tao": "Kỹ năng số",
    "học tiếng Anh": "Kỹ năng số",
    "CCCD": "Đi làm thủ tục",
    "thu tuc hanh chinh": "Đi làm thủ tục",
    "TTHC": "Đi làm thủ tục",
    "khieu nai": "Đi làm thủ tục",
    "sổ thu chi gia đình": "Sổ thu chi",
    "tiet kiem tien": "Sổ thu chi",
    "household budget": "Sổ thu chi",
    "excel": "Sổ thu chi",
    "ATLĐ": "An toàn lao động",
    "bao ho lao dong": "An toàn lao động",
    "lam viec tren cao": "An toàn lao động",
    "PCCC": "Có cháy!",
    "hỏa hoạn": "Có cháy!",
    "chay nha phai lam gi": "Có cháy!",
    "binh cuu hoa": "Có cháy!",
    "goi 114": "Có cháy!",
    "ATTP": "Bếp nhà",
    "tu lanh": "Bếp nhà",
    "bỏng gas": "Bếp nhà",
    "noi tro": "Bếp nhà",
    "toan7": "Phần trăm",
    "lop7": "Phần trăm",
    "giam gia 30%": "Phần trăm",
    "di cho thoi tien": "Tính toán",
    "TTHTCĐ": "Soạn một buổi học",
    "ke hoach buoi hoc": "Soạn một buổi học",
    "lịch sử truyền miệng": "Nghe và ghi lại",
    "phong van ong ba": "Nghe và ghi lại",
    "cán bộ công chức": "Làm việc số",
    "du lieu ca nhan": "Làm việc số",
}


@pytest.fixture(scope="module")
def first(sample_instance, tmp_path_factory):
    """What comes first for each of the queries."""
    folder = tmp_path_factory.mktemp("typed") / "instance"
    shutil.copytree(sample_instance, folder)
    installation = open_installation(Settings(instance_dir=folder))
    found = {}
    with installation.database.reading() as session:
        for text in ASKED:
            items = results_page(session, installation.search_index, Search(text=text), "vi").page.items
            found[text] = items[0].material.record["title"]["vi"] if items else ""
    installation.database.engine.dispose()
    return found


def test_the_right_material_comes_first(first):
    wrong = {text: first[text] for text, title in ASKED.items() if not first[text].startswith(title)}
    assert len(ASKED) >= 60
    assert len(ASKED) - len(wrong) >= LEAST_RIGHT, wrong


def test_the_queries_ask_for_every_material(first):
    assert len(set(ASKED.values())) == 16
