"""A foreign terminal against a running network: each sale ends as the one rule says, and `trace` knows it."""

import unittest

from network import Network
from terminal import Terminal


def issuer(found: dict) -> dict:
    """What the issuer says."""
    said = [party for party in found.get("evidence", []) if party["party"] == "issuer"]
    return said[0] if said else {"debited": False, "returned": False}


class Sales(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        try:
            cls.network.start()
        except BaseException:
            if cls.network.process:
                cls.network.kill()
            raise
        cls.till = Terminal(cls.network.world["acquirer"], cls.network.world["terminals"][0])
        cls.card = cls.network.world["cards"][0]

    @classmethod
    def tearDownClass(cls):
        cls.till.close()
        assert cls.network.stop() == 0, "slipway up did not stop cleanly"

    def setUp(self):
        self.till.connect()
        self.assertEqual(self.till.sign_on()["39"], "00")

    def keys(self):
        return {"merchant": self.till.merchant, "terminal": self.till.terminal, "card": self.card["pan"]}

    def test_1_sign_on_brings_keys_and_echo_answers(self):
        self.assertEqual(len(self.till.pik), 16)
        self.assertNotEqual(self.till.batch, "000000")
        self.assertEqual(self.till.echo()["39"], "00")

    def test_2_a_sale_took_place(self):
        fields, answer = self.till.sale(self.card, 8800)
        self.assertEqual(answer["39"], "00", answer)
        self.assertTrue(answer["mac_holds"])
        self.assertEqual(len(answer["37"]), 12)
        self.assertEqual(len(answer["38"].strip()), 6)
        self.assertEqual(answer["2"], self.card["pan"])
        # Nobody knows yet whether a slip exists: neither print nor take the card again.
        found = self.network.trace(rrn=answer["37"])
        self.assertEqual((found["verdict"], found["cashier"]), ("open", "wait"))
        self.assertEqual(self.till.fate(fields)["37"], answer["37"])
        self.assertEqual(self.till.confirm(fields, answer)["39"], "00")
        found = self.network.trace(rrn=answer["37"])
        self.assertEqual(found["verdict"], "took_place", found)
        # What has a slip cannot be reversed any more.
        refused = self.till.ask(self.till.reversal_fields(fields, "98"))
        self.assertEqual(refused["39"], "22")
        # That it says both is a case with a number; until a person has found which is true nobody may say that it stands.
        self.assertEqual(len(bytes.fromhex(refused["62"]).decode("ascii").split("-")), 4)
        found = self.network.trace(rrn=answer["37"])
        self.assertEqual((found["verdict"], found["cashier"]), ("open", "wait"))

    def test_3_the_same_request_twice_is_one_sale(self):
        before = self.balance()
        fields = self.till.sale_fields(self.card, 1200)
        frame = self.till.send(fields)
        first = self.till.receive()
        self.till.send_frame(frame)
        again = self.till.receive()
        self.assertEqual(first["39"], "00", first)
        for number in ("37", "38", "39", "4"):
            self.assertEqual(first[number], again[number], number)
        self.assertEqual(self.balance(), before - 1200)

    def test_4_a_lost_answer_is_reversed_and_the_money_is_back(self):
        before = self.balance()
        fields = self.till.sale_fields(self.card, 4300)
        self.till.send(fields)
        debited = self.network.settles(
            lambda found: found.get("amount") == "43.00" and issuer(found)["debited"], **self.keys()
        )
        self.assertTrue(issuer(debited)["debited"], debited)
        # The money is taken and the answer under way; the line breaks before it is read.
        self.till.close()
        self.till.connect()
        reversal = self.till.reversal_fields(fields, "98")
        answer = self.till.ask(reversal)
        self.assertEqual(answer["39"], "00", answer)
        self.assertTrue(answer["mac_holds"])
        found = self.network.settles(lambda found: found["verdict"] == "returned", **self.keys())
        self.assertEqual(found["verdict"], "returned", found)
        self.assertTrue(issuer(found)["returned"], found)
        self.assertIn(found["cashier"], ("take_again", "other_means"), found)
        self.assertEqual(self.balance(), before)
        # A reversal that is sent twice is answered the same and moves nothing more.
        self.assertEqual(self.till.ask(reversal)["39"], "00")
        self.assertEqual(self.balance(), before)

    def test_5_a_reversal_that_overtakes_its_sale_wins(self):
        before = self.balance()
        fields = self.till.sale_fields(self.card, 2100)
        self.assertEqual(self.till.ask(self.till.reversal_fields(fields, "98"))["39"], "00")
        answer = self.till.ask(fields)
        self.assertNotEqual(answer["39"], "00", answer)
        self.assertEqual(self.balance(), before)

    def test_6_a_wrong_pin_and_a_wrong_mac_move_nothing(self):
        before = self.balance()
        wrong = self.card | {"pin": "654321"}
        _, answer = self.till.sale(wrong, 500)
        self.assertEqual(answer["39"], "55", answer)
        self.assertTrue(answer["mac_holds"], "declines carry a MAC too")
        frame = bytearray(self.till.pack(self.till.sale_fields(self.card, 500)))
        frame[-1] ^= 1
        self.till.send_frame(bytes(frame))
        self.assertEqual(self.till.receive()["39"], "A0")
        self.assertEqual(self.balance(), before)

    def test_7_garbage_does_not_stop_the_others(self):
        for rubbish in (b"\x00\x03abc", b"\xff\xff" + bytes(64), b"\x00\x20" + bytes(32)):
            stranger = Terminal(self.network.world["acquirer"], self.network.world["terminals"][0])
            stranger.connect()
            stranger.line.sendall(rubbish)
            stranger.close()
        self.assertEqual(self.till.echo()["39"], "00")

    def test_8_every_ledger_adds_up_to_zero(self):
        self.assertTrue(self.network.audit()["ledgers_zero"])

    def balance(self) -> int:
        answer = self.till.balance(self.card)
        self.assertEqual(answer["39"], "00", answer)
        # 54: account type 2, amount type 2, currency 3, sign 1, amount 12.
        return int(answer["54"][8:20])


if __name__ == "__main__":
    unittest.main()
