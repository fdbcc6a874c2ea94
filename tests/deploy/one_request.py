"""``python -m tests.deploy.one_request ADDRESS``: a visitor behind the proxy sends a request with two files."""

import io
import re
import sys
import time

import httpx
from PIL import Image
from pypdf import PdfWriter

_PROXIED = {"Host": "contact.bank.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
_PERSON_TYPES = 4  # seconds: a form sent at once is taken for a robot's


def main(address: str) -> int:
    picture, document = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (800, 600), (20, 90, 160)).save(picture, "JPEG")
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(document)
    with httpx.Client(base_url=address, headers=_PROXIED, timeout=30) as visitor:
        stamp = re.search(r'name="stamp"[^>]*value="([^"]+)"', visitor.get("/ecrire/demande").text)
        assert stamp is not None
        time.sleep(_PERSON_TYPES)
        answer = visitor.post(
            "/ecrire/demande",
            data={
                "stamp": stamp[1],
                "name": "Camille Durand",
                "email": "camille@example.org",
                "theme": "virements",
                "x_subject": "transfer",
                "message": "Bonjour, mon virement est refusé depuis hier. Merci.",
                "step": "send",
            },
            files=[
                ("files", ("photo.jpg", picture.getvalue(), "image/jpeg")),
                ("files", ("releve.pdf", document.getvalue(), "application/pdf")),
            ],
            headers={"Sec-Fetch-Site": "same-origin"},
        )
    return 0 if answer.status_code == 303 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
