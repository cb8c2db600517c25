"""The judge of chaos runs must accuse: sound evidence is doctored in every way the rule can be broken, one at a time.

    python3 -m unittest discover -s scripts
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import chaos_check

MERCHANT, TERMINAL = "999290054110001", "10000001"


def till(stan: int) -> str:
    return f"{MERCHANT}/{TERMINAL}/000001/{stan:06}"


def key(stan: int) -> str:
    return f"99910010/99910010/1126120000/{stan:06}"


def posting(party, stan, cause, debit, credit, minor):
    legs = [{"account": debit, "minor": minor}, {"account": credit, "minor": -minor}]
    return {"party": party, "record": "posting", "exchange": key(stan), "cause": cause, "legs": legs, "rrn": None, "at": 0}


def sale(stan: int, fen: int, fate: str) -> list:
    """What the parties have of one sale: approved, declined, or returned."""
    approved, returned = fate == "approved", fate == "returned"
    state = {"approved": "approved", "declined": "declined", "returned": "undone"}[fate]
    undo = {"by": "terminal", "at": 0, "answer": "00"} if returned else None
    common = {"record": "exchange", "amount": fen, "rrn": f"{stan:012}", "card": "999001******0010"}
    lines = [
        common | {"party": "terminals", "till": till(stan), "slip": approved, "state": "reversed" if returned else state},
        common | {"party": "acquirer", "till": till(stan), "exchange": key(stan), "slip": approved, "state": state, "undo": undo},
        common | {"party": "switch", "exchange": key(stan), "state": state, "undo": undo and {"at": 0, "answer": "00"}},
        common | {"party": "issuer1", "exchange": key(stan), "state": state, "debited": approved or returned, "returned": returned},
    ]
    moves = [
        ("issuer1", "cardholder:D1", "suspense"),
        ("switch", "member:99900100", "member:99910010"),
        ("acquirer", "network_receivable", f"merchant:{MERCHANT}"),
    ]
    for party, debit, credit in moves if approved or returned else []:
        lines.append(posting(party, stan, "approval", debit, credit, fen))
        if returned:
            lines.append(posting(party, stan, "undo", credit, debit, fen))
    return lines


def settle(lines: list) -> list:
    """Balances and end lines that fit, as a store would have them: written after the postings."""
    lines = [line for line in lines if line["record"] not in ("balance", "end")]
    sums = {}
    for line in lines:
        for leg in line["legs"] if line["record"] == "posting" else []:
            at = line["party"], leg["account"]
            sums[at] = sums.get(at, 0) + leg["minor"]
    lines += [{"party": party, "record": "balance", "account": account, "minor": minor} for (party, account), minor in sums.items()]
    for party in chaos_check.PARTIES:
        count = sum(line["party"] == party for line in lines)
        lines.append({"party": party, "record": "end", "records": count})
    return lines


def keyed(number: int, fen: int) -> dict:
    return {"event": "key", "sale": number, "terminal": TERMINAL, "merchant": MERCHANT, "fen": fen, "card": "999001******0010"}


def paper(stan: int, fen: int, kind: str = "slip") -> dict:
    return {
        "event": "paper", "kind": kind, "terminal": TERMINAL, "merchant": MERCHANT, "batch": "000001", "voucher": f"{stan:06}",
        "rrn": f"{stan:012}", "fen": fen, "copy": "merchant",
    }


def notice(stan: int, kind: str) -> dict:
    return {"event": "notice", "id": f"{key(stan)}/{kind}", "amount": "1.01"}


#: Sale 1 approved, 2 declined, 3 debited and returned, 4 never got anywhere.
EXPORT = settle(
    [posting("issuer1", 900_000, "opening", "opening", "cardholder:D1", 1_000_000)]
    + sale(2, 101, "approved") + sale(3, 102, "declined") + sale(4, 103, "returned")
)
JOURNAL = [
    keyed(1, 101), {"event": "told", "sale": 1, "verdict": "approved", "rrn": f"{2:012}"},
    keyed(2, 102), {"event": "told", "sale": 2, "verdict": "declined"},
    keyed(3, 103), {"event": "told", "sale": 3, "verdict": "doubt"}, {"event": "told", "sale": 3, "verdict": "reversed"},
    {"event": "told", "terminal": TERMINAL, "voucher": "000004", "verdict": "returned"},
    {"event": "told", "terminal": TERMINAL, "voucher": "000002", "verdict": "took_place"},
    keyed(4, 104),
    paper(2, 101), paper(4, 103, "fault"), notice(2, "Debit"), notice(4, "Debit"), notice(4, "Refund"), notice(3, "Decline"),
]


class TheJudge(unittest.TestCase):
    def setUp(self):
        self.journal, self.export = copy.deepcopy(JOURNAL), copy.deepcopy(EXPORT)

    def accused(self) -> set:
        return {kind for kind, _ in chaos_check.judge(self.journal, self.export)[0]}

    def check(self, *kinds: str):
        self.assertLessEqual(set(kinds), self.accused())

    def find(self, party: str, record: str, **fits) -> dict:
        for line in self.export:
            if (line["party"], line["record"]) == (party, record) and fits.items() <= line.items():
                return line
        raise AssertionError(f"no {record} of {party} with {fits}")

    def drop(self, party: str, record: str, **fits):
        self.export.remove(self.find(party, record, **fits))
        self.export = settle(self.export)

    def add(self, *lines: dict):
        self.export = settle(self.export + list(lines))

    def test_sound_evidence_is_not_accused(self):
        accused, figures = chaos_check.judge(self.journal, self.export)
        self.assertEqual(accused, [])
        self.assertEqual([figures[name] for name in ("keyed", "approved", "declined", "reversed", "given_back")], [4, 1, 1, 1, 1])

    # Lost.

    def test_an_acknowledged_sale_that_no_party_knows(self):
        self.export = settle([line for line in self.export if key(2) != line.get("exchange") and till(2) != line.get("till")])
        self.check("lost")

    def test_an_acknowledged_sale_that_was_never_credited(self):
        self.drop("acquirer", "posting", exchange=key(2), cause="approval")
        self.check("lost", "rule")

    def test_an_acknowledged_sale_that_was_given_back(self):
        self.add(posting("issuer1", 2, "undo", "suspense", "cardholder:D1", 101))
        self.check("lost", "rule")

    def test_a_paper_without_its_payment(self):
        self.journal.append(paper(77, 500))
        self.check("lost")

    # Twice.

    def test_a_posting_that_stands_twice(self):
        self.add(copy.deepcopy(self.find("issuer1", "posting", exchange=key(2))))
        self.check("twice", "rule")

    def test_one_sale_as_two_exchanges(self):
        self.add(*sale(9, 101, "approved"))
        self.check("twice")

    def test_given_back_twice(self):
        self.add(copy.deepcopy(self.find("issuer1", "posting", exchange=key(4), cause="undo")))
        self.check("twice", "rule")

    # Slip, debit, credit.

    def test_a_debit_without_slip_and_credit(self):
        self.add(posting("issuer1", 50, "approval", "cardholder:D1", "suspense", 700))
        self.check("rule")

    def test_a_slip_without_money(self):
        line = self.find("terminals", "exchange", till=till(3))
        line["slip"] = True
        self.check("rule")

    def test_another_amount_than_the_exchanges(self):
        for party in ("issuer1", "switch", "acquirer"):
            for leg in self.find(party, "posting", exchange=key(2), cause="approval")["legs"]:
                leg["minor"] *= 2
        self.export = settle(self.export)
        self.check("rule", "twice", "lost")

    def test_a_position_between_members_that_nobody_paid(self):
        self.drop("switch", "posting", exchange=key(4), cause="undo")
        self.check("rule")

    def test_a_sale_that_nobody_keyed(self):
        self.add(*sale(20, 5_000, "approved"))
        self.check("rule")

    # Books.

    def test_a_posting_that_does_not_sum_to_zero(self):
        self.find("acquirer", "posting", exchange=key(2))["legs"].pop()
        self.check("ledger")

    def test_a_balance_that_is_not_the_sum(self):
        self.find("issuer1", "balance", account="suspense")["minor"] += 1
        self.check("ledger")

    # Open.

    def test_something_pending(self):
        for line in (
            {"party": "terminals", "record": "open", "till": till(4), "waits_for": "reversal"},
            {"party": "acquirer", "record": "outbox", "exchange": key(4), "tag": 1},
        ):
            with self.subTest(line["record"]):
                self.setUp()
                self.add(line)
                self.assertEqual(self.accused(), {"pending"})

    def test_an_exchange_without_its_end(self):
        for party, state in (("terminals", "sent"), ("acquirer", "forwarded"), ("switch", "forwarded"), ("terminals", "failed_reversal")):
            with self.subTest(f"{party} {state}"):
                self.setUp()
                self.find(party, "exchange", amount=102)["state"] = state
                self.assertEqual(self.accused(), {"pending"})

    def test_an_undo_that_was_never_answered(self):
        self.find("acquirer", "exchange", till=till(4))["undo"]["answer"] = None
        self.assertEqual(self.accused(), {"pending"})

    def test_an_open_case(self):
        case = {"party": "acquirer", "record": "case", "till": till(4), "ground": "unconfirmed", "open": True}
        self.add(case)
        self.assertEqual(self.accused(), {"case"})
        case["open"] = False
        self.assertEqual(self.accused(), set())

    # Words.

    def test_words_that_did_not_stay_true(self):
        for told, stan in (
            ({"sale": 1, "verdict": "declined"}, 2), ({"sale": 1, "verdict": "reversed"}, 2), ({"sale": 1, "verdict": "not_sent"}, 2),
            ({"terminal": TERMINAL, "voucher": "000002", "verdict": "returned"}, 2),
            ({"terminal": TERMINAL, "voucher": "000003", "verdict": "will_return"}, 3),
            ({"terminal": TERMINAL, "voucher": "000004", "verdict": "did_not_take_place"}, 4),
        ):
            with self.subTest(told):
                self.setUp()
                self.journal.append({"event": "told"} | told)
                self.assertEqual(self.accused(), {"verdict"})

    def test_approved_and_yet_it_was_not(self):
        for number in (2, 3, 4):
            with self.subTest(number):
                self.setUp()
                self.journal.append({"event": "told", "sale": number, "verdict": "approved"})
                self.assertEqual(self.accused(), {"lost"})

    def test_another_reference_number(self):
        self.journal[1]["rrn"] = "000000000099"
        self.assertEqual(self.accused(), {"verdict"})

    def test_a_fault_slip_of_a_sale_that_took_place(self):
        self.journal.append(paper(2, 101, "fault"))
        self.assertEqual(self.accused(), {"verdict"})

    def test_the_phone(self):
        for change in (
            lambda j: j.remove(notice(2, "Debit")), lambda j: j.remove(notice(4, "Refund")), lambda j: j.append(notice(2, "Refund")),
            lambda j: j.append(notice(3, "Debit")), lambda j: j.append(notice(2, "Decline")),
        ):
            self.setUp()
            change(self.journal)
            self.assertEqual(self.accused(), {"notice"})

    # Evidence.

    def test_half_an_export(self):
        self.export.remove(self.find("switch", "balance", account="member:99900100"))
        self.check("export")
        self.export = [line for line in self.export if line["party"] != "issuer2"]
        self.check("export")

    def test_a_card_number(self):
        self.find("issuer1", "exchange", exchange=key(2))["card"] = "9990010000000010"
        self.assertEqual(self.accused(), {"secret"})

    def test_as_a_program(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in ("journal", "export")]

            def run(journal, export) -> int:
                for path, lines in zip(paths, (journal, export)):
                    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
                program = pathlib.Path(chaos_check.__file__)
                return subprocess.run([sys.executable, program, *paths], capture_output=True, check=False).returncode

            self.assertEqual(run(self.journal, [{"record": "format", "version": 1}] + self.export), 0)
            self.assertEqual(run(self.journal + [paper(77, 500)], self.export), 1)
            # A run in which nobody sold anything has shown nothing.
            self.assertEqual(run([], settle([])), 1)
            self.assertEqual(run(self.journal, []), 1)


if __name__ == "__main__":
    unittest.main()
