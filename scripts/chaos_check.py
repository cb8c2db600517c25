#!/usr/bin/env python3
"""The judge of a chaos run: reads the journal of what people did and were told, and the exports of the parties' stores; says
whether the one rule held. Shares no code with the project, asks nobody, and believes no balance that it has not added up.

    chaos_check.py JOURNAL EXPORT…     exit 0: nothing to accuse; 1: accusations, one a line, or nothing was sold

The shape of an export is docs/export.md. A journal has one JSON object a line, written and synced *before* an act and *after*
something was told:

    {"event":"key","sale":N,"terminal","merchant","fen","card"}           the last key of a sale is about to be pressed
    {"event":"told","sale":N,"verdict":V,"rrn"?}                          the screen said so about this sale
    {"event":"told","terminal","voucher","verdict":V}                     the screen said so about this voucher number
    {"event":"paper","kind":"slip"|"fault","terminal","merchant","batch","voucher","rrn","fen","copy"}     came out whole
    {"event":"notice","id":EXCHANGE/KIND,"amount"}                        a message on the cardholder's phone

Verdicts: approved, took_place; declined, not_sent, did_not_take_place; doubt, reversed, goes_back; will_return, returned; open.
"""

import collections
import json
import re
import sys

PARTIES = ("acquirer", "switch", "issuer1", "issuer2", "terminals")
HOSTS = PARTIES[:4]
#: What a verdict claims of the end: the payment took place; it did not; it was debited and went back.
TOOK_PLACE = {"approved", "took_place"}
NOTHING = {"declined", "not_sent", "did_not_take_place"}
GOES_BACK = {"doubt", "reversed", "goes_back"}
WENT_BACK = {"will_return", "returned"}
#: Where an exchange may rest.
FINAL = {
    "acquirer": {"approved", "declined", "unsure", "undone", "tombstone"},
    "switch": {"approved", "declined", "undone", "tombstone"},
    "issuer1": {"approved", "declined", "undone", "tombstone"},
    "issuer2": {"approved", "declined", "undone", "tombstone"},
    "terminals": {"approved", "declined", "reversed"},
}
CARD_NUMBER = re.compile(r"(?<!\d)99900[12]\d{7,13}(?!\d)")


class Case:
    """Everything read, and what is to be accused."""

    def __init__(self, journal: list, export: list):
        self.journal, self.export, self.accused = journal, export, []
        self.records = collections.defaultdict(list)
        for line in export:
            self.records[line.get("party"), line.get("record")].append(line)

    def accuse(self, kind: str, what: str):
        self.accused.append((kind, what))

    def of(self, record: str, *parties: str):
        for party in parties or PARTIES:
            yield from ((party, line) for line in self.records[party, record])

    def judge(self):
        self.whole()
        self.masked()
        self.ledgers()
        self.nothing_open()
        self.add_up()
        self.agree()
        self.people()
        self.papers()
        self.notices()
        return self.accused

    # Is the evidence whole?

    def whole(self):
        for party in PARTIES:
            ends = self.records[party, "end"]
            told = sum(line["records"] for line in ends)
            held = sum(len(lines) for (of, record), lines in self.records.items() if of == party and record != "end")
            if len(ends) != 1 or told != held:
                self.accuse("export", f"{party}: {held} records read, {told} announced by {len(ends)} end lines")

    def masked(self):
        for line in self.export + self.journal:
            if CARD_NUMBER.search(json.dumps(line)):
                self.accuse("secret", f"a whole card number in a line of {line.get('party', 'the journal')}")

    # Do the books add up?

    def ledgers(self):
        for party in HOSTS:
            sums, seen = collections.Counter(), set()
            for posting in self.records[party, "posting"]:
                legs = posting["legs"]
                if sum(leg["minor"] for leg in legs) != 0:
                    self.accuse("ledger", f"{party}: a posting of {posting['exchange']} does not sum to zero")
                key = posting["exchange"], posting["cause"]
                if key in seen:
                    self.accuse("twice", f"{party}: {posting['cause']} of {posting['exchange']} is posted twice")
                seen.add(key)
                for leg in legs:
                    sums[leg["account"]] += leg["minor"]
            balances = collections.Counter()
            for balance in self.records[party, "balance"]:
                balances[balance["account"]] += balance["minor"]
            if sum(balances.values()) != 0:
                self.accuse("ledger", f"{party}: balances sum to {sum(balances.values())}")
            for account in sums.keys() | balances.keys():
                if sums[account] != balances[account]:
                    self.accuse("ledger", f"{party}: {account} stands at {balances[account]}, its postings at {sums[account]}")

    def nothing_open(self):
        for party, line in self.of("open"):
            self.accuse("pending", f"{party}: {line.get('till') or line.get('exchange')} waits for {line['waits_for']}")
        for party, line in self.of("outbox"):
            self.accuse("pending", f"{party}: an advice or notice about {line['exchange']} was never answered")
        for party, line in self.of("case"):
            if line["open"]:
                self.accuse("case", f"{party}: {line['till']}: {line['ground']}")
        for party, line in self.of("exchange"):
            name = line.get("exchange") or line.get("till")
            if line["state"] not in FINAL[party]:
                self.accuse("pending", f"{party}: {name} is {line['state']}")
            undo = line.get("undo")
            if party in ("acquirer", "switch") and undo and undo["answer"] is None and line["state"] == "undone":
                self.accuse("pending", f"{party}: the undo of {name} was never answered")

    # What did each exchange do to money and paper?

    def add_up(self):
        """Per switch-side exchange: net debit, net credit, slip; how often it was debited and given back."""
        self.debit, self.credit, self.slip = (collections.Counter() for _ in range(3))
        self.debits, self.refunds = collections.Counter(), collections.Counter()
        for _, posting in self.of("posting", "issuer1", "issuer2"):
            if posting["cause"] == "opening":
                continue
            for leg in posting["legs"]:
                if leg["account"].startswith("cardholder:"):
                    self.debit[posting["exchange"]] += leg["minor"]
                    (self.debits if leg["minor"] > 0 else self.refunds)[posting["exchange"]] += 1
        for _, posting in self.of("posting", "acquirer"):
            # A settled day is about no exchange: what he was owed goes out to him.
            if posting["cause"] in ("settled", "sent_back", "paid_again"):
                continue
            for leg in posting["legs"]:
                if leg["account"].startswith("merchant:"):
                    self.credit[posting["exchange"]] -= leg["minor"]
        self.switch_key = {line["till"]: line["exchange"] for _, line in self.of("exchange", "acquirer")}
        self.tills = {line["till"]: line for _, line in self.of("exchange", "terminals")}
        for till, line in self.tills.items():
            if line["slip"]:
                key = self.switch_key.get(till)
                if key is None:
                    self.accuse("rule", f"{till}: a slip of {line['amount']} without an exchange at the acquirer")
                else:
                    self.slip[key] += line["amount"]
                if line["state"] != "approved":
                    self.accuse("rule", f"{till}: a slip, and the exchange is {line['state']}")

    def agree(self):
        """An approved slip exists if and only if the cardholder was debited once and the merchant credited once."""
        amounts = {line["exchange"]: line["amount"] for _, line in self.of("exchange", "acquirer") if line["exchange"]}
        positions = collections.defaultdict(collections.Counter)
        for _, posting in self.of("posting", "switch"):
            for leg in posting["legs"]:
                positions[posting["exchange"]][leg["account"]] += leg["minor"]
        for key in set(self.debit) | set(self.credit) | set(self.slip) | set(positions):
            debit, credit, slip = self.debit[key], self.credit[key], self.slip[key]
            amount = amounts.get(key)
            if amount is None:
                self.accuse("rule", f"{key}: money or position, and the acquirer does not know the exchange")
            if self.debits[key] > 1 or self.refunds[key] > self.debits[key]:
                self.accuse("twice", f"{key}: debited {self.debits[key]} times, given back {self.refunds[key]} times")
            if not debit == credit == slip:
                self.accuse("rule", f"{key}: debited {debit}, credited {credit}, slip {slip}")
            elif debit not in (0, amount):
                self.accuse("rule", f"{key}: {debit} moved for an exchange of {amount}")
            at_switch = sum(minor for minor in positions[key].values() if minor > 0)
            if at_switch != debit:
                self.accuse("rule", f"{key}: the switch holds {at_switch} between its members, the cardholder was debited {debit}")

    def moved(self, till: str):
        key = self.switch_key.get(till)
        return (self.debit[key], self.credit[key], self.slip[key]) if key else (0, 0, 0)

    # Did what people were told stay true?

    def people(self):
        keyed = {line["sale"]: line for line in self.journal if line["event"] == "key"}
        by_sale, by_voucher = collections.defaultdict(list), collections.defaultdict(list)
        for till, line in self.tills.items():
            _, terminal, _, stan = till.split("/")
            by_sale[terminal, line["amount"]].append(till)
            by_voucher[terminal, stan].append(till)
        wanted = {(sale["terminal"], sale["fen"]) for sale in keyed.values()}
        for (terminal, fen), tills in by_sale.items():
            if (terminal, fen) not in wanted and any(any(self.moved(till)) for till in tills):
                self.accuse("rule", f"terminal {terminal}: {fen} moved, and nobody had keyed that sale")
        for sale in keyed.values():
            tills = by_sale[sale["terminal"], sale["fen"]]
            debited = sum(self.moved(till)[0] for till in tills)
            credited = sum(self.moved(till)[1] for till in tills)
            if debited > sale["fen"] or credited > sale["fen"]:
                self.accuse("twice", f"sale {sale['sale']} of {sale['fen']}: debited {debited}, credited {credited}")
        for line in (line for line in self.journal if line["event"] == "told"):
            if "sale" in line:
                sale = keyed.get(line["sale"])
                if sale is None:
                    self.accuse("journal", f"told of sale {line['sale']}, which nobody keyed")
                    continue
                self.claim(line, by_sale[sale["terminal"], sale["fen"]], sale["fen"], f"sale {line['sale']}")
            else:
                tills = by_voucher[line["terminal"], line["voucher"]]
                fen = self.tills[tills[0]]["amount"] if tills else 0
                self.claim(line, tills, fen, f"terminal {line['terminal']} voucher {line['voucher']}")

    def claim(self, line: dict, tills: list, fen: int, name: str):
        verdict = line["verdict"]
        moved = [self.moved(till) for till in tills]
        if verdict in TOOK_PLACE:
            kept = [till for till, money in zip(tills, moved) if money == (fen, fen, fen)]
            if not kept:
                self.accuse("lost", f"{name} of {fen} was told {verdict}; the books say {moved}")
            elif "rrn" in line and all(self.tills[till]["rrn"] != line["rrn"] for till in kept):
                self.accuse("verdict", f"{name}: told reference {line['rrn']}, the record has another")
        elif verdict in NOTHING | GOES_BACK | WENT_BACK:
            if any(any(money) for money in moved):
                self.accuse("verdict", f"{name} of {fen} was told {verdict}; the books say {moved}")
            if verdict in WENT_BACK and not any(self.refunds[self.switch_key.get(till)] for till in tills):
                self.accuse("verdict", f"{name} of {fen} was told {verdict}; nothing was ever given back")
            if verdict == "did_not_take_place" and any(self.debits[self.switch_key.get(till)] for till in tills):
                self.accuse("verdict", f"{name} of {fen} was told that nothing was taken; it was debited")

    def papers(self):
        for paper in (line for line in self.journal if line["event"] == "paper"):
            till = f"{paper['merchant']}/{paper['terminal']}/{paper['batch']}/{paper['voucher']}"
            record, money = self.tills.get(till), self.moved(till)
            if paper["kind"] == "slip" and (record is None or money != (paper["fen"],) * 3):
                self.accuse("lost", f"{till}: a paper slip of {paper['fen']}; the books say {money}")
            elif paper["kind"] == "slip" and record["rrn"] != paper["rrn"]:
                self.accuse("verdict", f"{till}: the paper has another reference number than the record")
            elif paper["kind"] == "fault" and any(money):
                self.accuse("verdict", f"{till}: a fault slip promised the money back; the books say {money}")

    def notices(self):
        told = {line["id"].rsplit("/", 1)[0]: set() for line in self.journal if line["event"] == "notice"}
        for line in self.journal:
            if line["event"] == "notice":
                exchange, kind = line["id"].rsplit("/", 1)
                told[exchange].add(kind.lower())
        for key in set(told) | set(self.debits):
            kinds = told.get(key, set())
            if ("debit" in kinds) != (self.debits[key] > 0) or ("refund" in kinds) != (self.refunds[key] > 0):
                told_of = ", ".join(sorted(kinds)) or "nothing"
                self.accuse("notice", f"{key}: the phone was told of {told_of}; debited {self.debits[key]}, returned {self.refunds[key]}")
            if "decline" in kinds and self.debits[key]:
                self.accuse("notice", f"{key}: the phone was told that nothing was taken; it was debited")

    def figures(self) -> dict:
        keyed = [line for line in self.journal if line["event"] == "key"]
        kinds = collections.Counter(kind for kind, _ in self.accused)
        return {
            "keyed": len(keyed),
            "told_approved": sum(line["event"] == "told" and line["verdict"] == "approved" for line in self.journal),
            "approved": sum(line["slip"] for line in self.tills.values()),
            "declined": sum(line["state"] == "declined" for line in self.tills.values()),
            "reversed": sum(line["state"] == "reversed" for line in self.tills.values()),
            "given_back": sum(self.refunds.values()),
            "papers": sum(line["event"] == "paper" for line in self.journal),
            "lost": kinds["lost"], "twice": kinds["twice"], "accusations": len(self.accused),
        }


def read(path: str) -> list:
    """The lines of a file. A last line that a kill tore was never told to anybody."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    return [json.loads(line) for line in lines[:-1] if line]


def judge(journal: list, export: list):
    """Accusations as (kind, what), and figures."""
    case = Case(journal, [line for line in export if line.get("record") != "format"])
    accused = case.judge()
    return accused, case.figures()


def main(paths: list) -> int:
    if len(paths) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    export = [line for path in paths[1:] for line in read(path)]
    accused, figures = judge(read(paths[0]), export)
    for kind, what in accused:
        print(f"{kind:<8} {what}", file=sys.stderr)
    print(json.dumps(figures))
    # A run in which nothing was approved has shown nothing.
    return 1 if accused or not figures["approved"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
