"""What an educator sends while something is wrong."""

from tests.accounts.browsing import Browser

CONTENT = "Ngắt cầu dao trước khi sửa. ".encode() * 10_000


def upload(
    browser: Browser, public_id: str, token: str, name: str = "an-toan.txt", content: bytes = CONTENT
) -> tuple[int, str]:
    """Send a file into a draft as programs do; return the status and the code of the problem, "" if there is none."""
    answer = browser.client.post(
        f"/api/v1/materials/{public_id}/files",
        query_string={"name": name, "key": name},
        data=content,
        headers={"X-CSRFToken": token, "Content-Type": "application/octet-stream"},
    )
    assert answer.json is not None
    return answer.status_code, answer.json.get("code", "")
