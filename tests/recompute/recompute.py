#!/usr/bin/env python3
"""Reckons the fees and net positions of one day again, from its CSV and the fee book. Shares no line with the project.

    recompute.py FEE_BOOK DETAILS_CSV POSITIONS_CSV

Exit 0: agrees to the fen. 1: differs, each difference on standard error. 2: wrong use or a file that cannot be read.
Needs Python 3.9 or newer and nothing else.
"""
import csv
import sys
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

LEGS = ("issuer", "net_issuer", "net_acquirer")
NOT_CHARGED = {"V", "W"}      # void, completion void: their originals have no fee either
DISPUTED = {"X", "P", "Y", "Z", "Q"}  # chargebacks, re-presentment, awards: the principal alone
GIVEN_BACK = {"R"}            # refund: by the switch of its leg
TAKEN_BACK = {"L", "K"}       # late reversal, credit adjustment: every leg
DIFFERENCE = {"T"}            # tip or correction: the fee of what stands after it less that of what stood before
CHARGED = {"S", "C", "A", "O", "D"}


def load_book(path):
    versions = []
    for line in open(path, encoding="utf-8"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "version":
            last = date.max if words[2] == "-" else date.fromisoformat(words[2])
            versions.append({"from": date.fromisoformat(words[1]), "to": last, "fee": {}, "back": {}})
        elif words[0] == "fee":
            rate = Decimal(words[4].rstrip("%")) / 100
            cap = None if words[5] == "-" else int(words[5])
            versions[-1]["fee"][tuple(words[1:4])] = (rate, cap)
        elif words[0] == "refund_gives_back":
            versions[-1]["back"][words[1]] = words[2] == "yes"
        elif words[0] == "net_issuer_borne_by":
            versions[-1]["bearer"] = words[1]
    return versions


def version_on(book, day):
    found = [v for v in book if v["from"] <= day <= v["to"]]
    if len(found) != 1:
        raise ValueError(f"{len(found)} versions of the fee book cover {day}")
    return found[0]


def fee(rate_cap, amount):
    rate, cap = rate_cap
    rounded = int((Decimal(amount) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return rounded if cap is None else min(rounded, cap)


def want_fee(row, version, leg):
    terms = version["fee"][(leg, row["card"], row["class"])]
    entry, amount = row["entry"], int(row["amount_fen"])
    if entry in NOT_CHARGED | DISPUTED or row["undone"] == "yes":
        return 0
    if entry in CHARGED:
        return fee(terms, amount)
    original = int(row["original_fen"])
    if entry in DIFFERENCE:
        # What was refunded before has no fee left where refunds give it back.
        stood = original - (int(row["refunded_before_fen"]) if version["back"][leg] else 0)
        return fee(terms, stood + amount) - fee(terms, stood)
    if entry in GIVEN_BACK and not version["back"][leg]:
        return 0
    if entry in GIVEN_BACK | TAKEN_BACK:
        left = original - int(row["refunded_before_fen"])
        # What is due after this part less what was due before it; the formula of the rules, written the other way.
        return -(fee(terms, left) - fee(terms, left + amount))
    raise ValueError(f"unknown kind of entry {entry}")


def main(book_path, details_path, positions_path):
    book = load_book(book_path)
    wrong, rows, members, network = [], 0, {}, 0
    with open(details_path, encoding="utf-8", newline="") as details:
        for row in csv.DictReader(details):
            rows += 1
            version = version_on(book, date.fromisoformat(row["original_day"] or row["day"]))
            if row["net_issuer_borne_by"] != version["bearer"]:
                wrong.append(f"{row['rrn']}: borne by {row['net_issuer_borne_by']}, the book says {version['bearer']}")
            fees = {}
            for leg in LEGS:
                fees[leg] = want_fee(row, version, leg)
                said = int(row[f"{leg}_fee_fen"])
                if said != fees[leg]:
                    wrong.append(f"{row['acquirer']}/{row['rrn']}/{row['entry']} {leg}: {said}, reckoned {fees[leg]}")
            amount = int(row["amount_fen"])
            bears = row["net_issuer_borne_by"] == "acquirer"
            by_acquirer = fees["net_acquirer"] + (fees["net_issuer"] if bears else 0)
            by_issuer = 0 if bears else fees["net_issuer"]
            for member, sign, column, network_fee in (
                (row["acquirer"], 1, 0, by_acquirer),
                (row["issuer"], -1, 1, by_issuer),
            ):
                position = members.setdefault(member, [0] * 5)
                position[column] += 1
                position[2] += sign * amount
                position[3] -= sign * fees["issuer"]
                position[4] -= network_fee
            network += by_acquirer + by_issuer
    said = {}
    with open(positions_path, encoding="utf-8", newline="") as positions:
        for row in csv.DictReader(positions):
            columns = ("acquired", "issued", "gross_fen", "issuer_fee_fen", "network_fee_fen", "net_fen")
            said[row["member"]] = [int(row[column]) for column in columns]
    want = {member: position + [sum(position[2:])] for member, position in members.items()}
    want["network"] = [0, 0, 0, 0, network, network]
    for member in sorted(said.keys() | want.keys()):
        if said.get(member) != want.get(member):
            wrong.append(f"position of {member}: {said.get(member)}, reckoned {want.get(member)}")
    if sum(position[-1] for position in want.values()) != 0:
        wrong.append("the positions do not sum to zero")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{rows} entries, {len(members)} members, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError, KeyError) as fault:
        print(f"recompute: {fault!r}", file=sys.stderr)
        sys.exit(2)
