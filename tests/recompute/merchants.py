#!/usr/bin/env python3
"""Reckons settlements and payouts of merchants of one day again, from CSV. Shares no line with the project.

    merchants.py CALENDAR FOLDER        FOLDER has contracts.csv, items.csv, settlements.csv and payouts.csv

Exit 0: agrees to the fen. 1: differs, each difference on standard error. 2: wrong use or a file that cannot be read.
Needs Python 3.9 or newer and nothing else.
"""
import csv
import pathlib
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

VOIDS = {"V", "W"}
DISPUTED = {"X", "P", "Y", "Z", "Q"}  # the principal alone: no discount is charged or given back
ALONE = {"S", "C", "A", "O", "D"}     # priced by their own amount; everything else changes what stands of an original


def rows(path):
    with open(path, encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def load_calendar(path):
    off, work, years = set(), set(), set()
    for line in open(path, encoding="utf-8"):
        words = line.split()
        if words and words[0] == "year":
            years.add(int(words[1]))
        elif words and words[0] == "work":
            work.add(date.fromisoformat(words[1]))
        elif words and words[0] == "off":
            day, last = date.fromisoformat(words[1]), date.fromisoformat(words[2])
            while day <= last:
                off.add(day)
                day += timedelta(days=1)

    def worked(day):
        if day.year not in years:
            raise ValueError(f"no calendar for {day.year}")
        return day not in off and (day.weekday() < 5 or day in work)

    return worked


def share(fen, ppb, cap=""):
    rounded = int((Decimal(fen) * Decimal(ppb) / Decimal(10**9)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return min(rounded, int(cap)) if cap else rounded


def discount(item, contract):
    if item["undone"] == "yes" or item["entry"] in VOIDS | DISPUTED:
        return 0
    if item["entry"] == "R" and contract["refund_gives_back"] == "no":
        return 0
    terms = contract[f"{item['card']}_ppb"], contract[f"{item['card']}_cap_fen"]
    amount = int(item["amount_fen"])
    if item["entry"] in ALONE:
        return share(amount, *terms)
    # A tip behind a refund that gave nothing back: the whole still has its discount.
    whole = item["entry"] == "T" and contract["refund_gives_back"] == "no"
    stood = int(item["original_fen"]) - (0 if whole else int(item["refunded_before_fen"]))
    return share(stood + amount, *terms) - share(stood, *terms)


def settle(contract, items, day, worked):
    want = {"items": 0, "gross_in_fen": 0, "gross_back_fen": 0, "discount_fen": 0, "waiting": 0, "waiting_fen": 0}
    for item in items:
        amount = int(item["amount_fen"])
        if amount > 0 and item["standing"] == "Unconfirmed":
            want["waiting"] += 1
            want["waiting_fen"] += amount
            continue
        want["items"] += 1
        want["gross_in_fen" if amount > 0 else "gross_back_fen"] += abs(amount)
        want["discount_fen"] += discount(item, contract)
    pay_day = day + timedelta(days=0 if contract["product"] == "D+0" else 1)
    while contract["product"] == "T+1" and not worked(pay_day):
        pay_day += timedelta(days=1)
    brought = want["gross_in_fen"] - want["gross_back_fen"]
    sum_fen = int(contract["carried_in_fen"]) + brought - want["discount_fen"]
    left = max(sum_fen, 0)
    held = min(int(contract["hold_fen"]), left)
    left -= held
    reserved = min(share(min(left, max(brought, 0)), contract["reserve_ppb"]), left)
    left -= reserved
    early = contract["product"] != "T+1" and not (contract["days_off_only"] == "yes" and worked(pay_day))
    price = min(share(left, contract["price_ppb"]) + int(contract["price_fixed_fen"]), left) if early and left else 0
    want.update(carried_in_fen=int(contract["carried_in_fen"]), held_fen=held, released_fen=0, reserved_fen=reserved,
                freed_fen=0, price_fen=price, payable_fen=left - price, carried_out_fen=min(sum_fen, 0))
    return pay_day, want


def main(calendar, folder):
    folder, worked, wrong = pathlib.Path(folder), load_calendar(calendar), []
    contracts = {row["merchant"]: row for row in rows(folder / "contracts.csv")}
    items = {merchant: [] for merchant in contracts}
    for item in rows(folder / "items.csv"):
        items[item["merchant"]].append(item)
        reckoned = discount(item, contracts[item["merchant"]])
        if int(item["discount_fen"]) != reckoned:
            wrong.append(f"{item['key']}: discount {item['discount_fen']}, reckoned {reckoned}")
    due = {}
    for said in rows(folder / "settlements.csv"):
        merchant = said["merchant"]
        pay_day, want = settle(contracts[merchant], items[merchant], date.fromisoformat(said["day"]), worked)
        if said["pay_day"] != pay_day.isoformat():
            wrong.append(f"{merchant}: pay day {said['pay_day']}, reckoned {pay_day}")
        for name, value in want.items():
            if int(said[name]) != value:
                wrong.append(f"{merchant}: {name} {said[name]}, reckoned {value}")
        if want["payable_fen"]:
            due[merchant] = (pay_day.isoformat(), want["payable_fen"])
    if contracts.keys() != {said["merchant"] for said in rows(folder / "settlements.csv")}:
        wrong.append("a merchant is settled twice or not at all")
    paid = {}
    for payout in rows(folder / "payouts.csv"):
        if payout["merchant"] in paid:
            wrong.append(f"{payout['merchant']}: paid twice")
        paid[payout["merchant"]] = (payout["pay_day"], int(payout["fen"]))
    for merchant in sorted(due.keys() | paid.keys()):
        if due.get(merchant) != paid.get(merchant):
            wrong.append(f"{merchant}: payout {paid.get(merchant)}, reckoned {due.get(merchant)}")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{sum(map(len, items.values()))} items, {len(contracts)} merchants, {len(paid)} payouts, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError, KeyError) as fault:
        print(f"merchants: {fault!r}", file=sys.stderr)
        sys.exit(2)
