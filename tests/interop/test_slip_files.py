"""A slip as PNG and as PDF, opened by readers that are not ours: the page is as large as the paper, and the dots of both files are the same."""

import io
import time
import unittest
import urllib.request

import pypdf
from PIL import Image

from network import Network

PAPER_MM, PRINT_DOTS, DOTS_PER_MM = 58, 384, 8
POINTS_PER_MM = 72 / 25.4
INK = 1


def dark(picture) -> list:
    """Rows of a one-bit picture, True for ink."""
    width, height = picture.size
    pixels = list(picture.convert("L").getdata())
    return [[pixel < 128 for pixel in pixels[y * width:(y + 1) * width]] for y in range(height)]


class SlipFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network().start()
        till = cls.network.world["own_terminals"][0]
        cls.till, cls.card = till, cls.network.world["cards"][0]

    @classmethod
    def tearDownClass(cls):
        assert cls.network.stop() == 0

    def act(self, **act):
        self.network.http(f"/api/v1/terminals/{self.till['terminal']}/acts", act)

    def shows(self, first: str, unless=None):
        seen, until = 0, time.monotonic() + 60
        while time.monotonic() < until:
            if unless:
                unless()
            screen = self.network.http(f"/api/v1/terminals/{self.till['terminal']}?seen={seen}")
            if screen["lines"] and screen["lines"][0]["en"].startswith(first):
                return
            seen = screen["no"]
        self.fail(f"the till never showed {first}")

    def file(self, path: str) -> bytes:
        token = self.network.http("/api/v1/session", {
            "name": "market", "password": self.network.world["sign_ins"][0]["password"], "bearer": True,
        })["token"]
        request = urllib.request.Request(f"http://{self.network.world['http']}{path}", headers={"authorization": f"Bearer {token}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            self.assertIn("attachment", answer.headers["content-disposition"])
            return answer.read()

    def test_both_files_have_the_dots_of_the_paper(self):
        self.shows("Sale: key the amount", lambda: self.act(act="sign_in", operator=1, password="0000"))
        self.act(act="begin", kind="sale", amount_fen=8800)
        self.act(act="card", track2=self.card["track2"])
        self.act(act="enter")
        self.act(act="pin", pin=self.card["pin"])
        self.shows("Approved: check the signature")
        self.act(act="enter")
        keys = {"merchant": self.till["merchant"], "terminal": self.till["terminal"], "card": self.card["pan"]}
        found = self.network.settles(lambda found: found["evidence"][1]["slip"], **keys)
        door = f"/api/v1/desk/exchanges/{found['till'].replace('/', '-')}/slip"
        before = None
        for query in ("copy=cardholder", "copy=merchant", "copy=cardholder&reprint=1"):
            with self.subTest(query):
                png = Image.open(io.BytesIO(self.file(f"{door}.png?{query}")))
                self.assertEqual((png.mode, png.width), ("P", PAPER_MM * DOTS_PER_MM))
                rows = [[pixel == INK for pixel in row] for row in self.rows(png)]
                feed = next(y for y, row in enumerate(rows) if any(row))
                page = pypdf.PdfReader(io.BytesIO(self.file(f"{door}.pdf?{query}"))).pages[0]
                self.assertAlmostEqual(float(page.mediabox.width), PAPER_MM * POINTS_PER_MM, places=2)
                picture = page.images[0].image
                shown = dark(picture)
                self.assertEqual(picture.width, PRINT_DOTS)
                tall = (picture.height / DOTS_PER_MM + 10) * POINTS_PER_MM
                self.assertAlmostEqual(float(page.mediabox.height), tall, places=2)
                # The PNG has white paper all round.
                above, left = (png.height - picture.height) // 2, (png.width - picture.width) // 2
                self.assertLessEqual(above, feed)
                self.assertEqual([row[left:left + PRINT_DOTS] for row in rows[above:above + picture.height]], shown)
                self.assertFalse(any(any(row[:left]) or any(row[left + PRINT_DOTS:]) for row in rows))
                self.assertGreater(sum(map(sum, shown)), 1000)
                self.assertNotEqual(shown, before)
                before = shown

    @staticmethod
    def rows(png) -> list:
        pixels = list(png.getdata())
        return [pixels[y * png.width:(y + 1) * png.width] for y in range(png.height)]


if __name__ == "__main__":
    unittest.main()
