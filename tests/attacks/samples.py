#!/usr/bin/env python3
"""Made-up events of many persons for the policies of `config/`, to measure them by:
docs/measuring.md says what came out.

Usage: samples.py web-events|orders|app-events|minimal|customers-cdc|signups-public|web-stats [PERSONS] > events.ndjson
"""

import json
import random
import sys

DAYS = 28
COUNTRIES, SHARES = ["DE", "AT", "CH", "FR", "GB", "NL"], [50, 15, 12, 12, 6, 5]


class People:
    def __init__(self, persons, seed=18):
        self.draw = random.Random(seed)
        self.all = [self.person(n) for n in range(persons)]

    def person(self, n):
        draw = self.draw
        name = "".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.randrange(4, 12)))
        return {
            "n": n,
            "email": f"{name}{n}@example.{draw.choice(['com', 'org', 'net'])}",
            "name": name.title(),
            "born": f"{draw.randrange(1938, 2009)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
            "country": draw.choices(COUNTRIES, SHARES)[0],
            "zip": f"{draw.randrange(1, 99):02}{draw.randrange(1000):03}",
            "likes": draw.sample(range(1, 300), 8),
            # Most come seldom, some every day.
            "events": min(200, 1 + int(draw.paretovariate(1.1) * 2)),
            "optin": draw.random() < 0.4,
            "analytics": draw.random() < 0.8,
            "hour": draw.randrange(24),
        }

    def events(self):
        """Each event's person, in the order of time."""
        draw = self.draw
        times = []
        for person in self.all:
            for _ in range(person["events"]):
                hour = (person["hour"] + int(draw.gauss(0, 2))) % 24
                times.append((draw.randrange(DAYS), hour, draw.randrange(3600), person["n"]))
        times.sort()
        for day, hour, second, n in times:
            at = f"2026-03-{1 + day:02}T{hour:02}:{second // 60:02}:{second % 60:02}Z"
            yield at, self.all[n]


def web_events(people):
    draw = people.draw
    known = set()
    for at, p in people.events():
        consent = {"categoryPreferences": {"Analytics": p["analytics"], "Advertising": p["optin"]}}
        context = {"ip": "203.0.113.7", "consent": consent, "mail_optin": "yes" if p["optin"] else "no"}
        event = {"timestamp": at, "userId": p["n"], "context": context}
        if p["n"] not in known or draw.random() < 0.05:
            known.add(p["n"])
            event |= {"type": "identify", "traits": {"email": p["email"], "first_name": p["name"], "birthday": p["born"]}}
        elif draw.random() < 0.1:
            skus = [{"sku": f"A-{draw.choice(p['likes'])}"} for _ in range(draw.randrange(1, 4))]
            event |= {"type": "track", "event": "Order Completed",
                      "properties": {"revenue": draw.randrange(5, 300), "currency": draw.choice(["EUR", "CHF", "USD"]), "products": skus}}
        else:
            event["type"] = "page"
            context["page"] = {"path": draw.choice(["/", "/pricing", "/blog", "/docs", "/signup"])}
        yield event


def orders(people):
    draw = people.draw
    for n, (at, p) in enumerate(people.events()):
        items = [{"sku": f"A-{draw.choice(p['likes'])}", "quantity": draw.randrange(1, 5), "price": "9.95"} for _ in range(draw.randrange(1, 5))]
        yield {"id": 9000 + n, "created_at": at, "currency": "EUR", "total": f"{draw.randrange(5, 300)}.90",
               "customer": {"id": p["n"], "email": p["email"], "phone": f"+49 30 {100000 + p['n']}"},
               "shipping_address": {"name": p["name"], "street": f"{p['name']}weg 1", "zip": p["zip"], "city": "Chur", "country": p["country"]},
               "items": items}


def app_events(people):
    draw = people.draw
    for at, p in people.events():
        kind = draw.choice(["product_viewed"] * 6 + ["product_added"] * 2 + ["order_completed", "opened", "signed_in"])
        area = {"opened": "app", "signed_in": "account"}.get(kind, "shop")
        data = {"sku": f"a-{draw.choice(p['likes'])}"}
        if kind == "order_completed":
            data = {"total": draw.randrange(5, 300), "items": [{"sku": f"a-{draw.choice(p['likes'])}"} for _ in range(draw.randrange(1, 4))]}
        yield {"area": area, "name": kind, "sent_at": at, "version": draw.choice(["4.11.3", "4.12.0"]),
               "user": {"id": f"u-{p['n']}"}, "device": {"os": ["ios", "android"][p["n"] % 2]},
               "consent": {"analytics": True, "personalisation": p["optin"]}, "data": data}


def minimal(people):
    for p in people.all:
        yield {"email": p["email"], "plan": people.draw.choices(["free", "team", "business"], [80, 15, 5])[0],
               "birthdate": p["born"], "ip": "203.0.113.7"}


def signups_public(people):
    """Who signs up, from where; one in ten a second time."""
    draw = people.draw
    for p in people.all:
        near = f"{draw.randrange(20, 60)}.{draw.randrange(8)}"
        for _ in range(1 + (draw.random() < 0.1)):
            yield {"email": p["email"], "plan": draw.choices(["free", "team", "business"], [60, 25, 15])[0],
                   "birthdate": p["born"], "ip": f"{near}.{draw.randrange(256)}.{draw.randrange(256)}"}


def web_stats(people):
    draw = people.draw
    for at, p in people.events():
        event = {"userId": f"u-{p['n']}", "timestamp": at, "type": draw.choice(["page"] * 8 + ["order", "identify"])}
        if event["type"] == "order":
            event["revenue"] = draw.randrange(5, 300)
        yield event


def customers_cdc(people):
    draw = people.draw
    rows = {}
    for at, p in people.events():
        day, hour = int(at[8:10]), int(at[11:13])
        ms = 1_772_323_200_000 + ((day - 1) * 24 + hour) * 3_600_000
        before = rows.get(p["n"])
        after = {"id": p["n"], "email": p["email"], "name": p["name"], "birthdate": p["born"], "country": p["country"],
                 "balance": draw.randrange(-100, 12_000), "mail_optin": p["optin"]}
        rows[p["n"]] = after
        yield {"key": json.dumps({"id": p["n"]}), "headers": {}, "timestamp": ms,
               "value": {"op": "u" if before else "c", "ts_ms": ms, "before": before, "after": after}}


SAMPLES = {"minimal": minimal, "signups-public": signups_public, "web-events": web_events,
           "web-stats": web_stats, "orders": orders, "app-events": app_events,
           "customers-cdc": customers_cdc}


def lines(name, persons):
    """The sample of that policy, line by line."""
    for event in SAMPLES[name](People(persons)):
        yield json.dumps(event, separators=(",", ":")) + "\n"


def main():
    name, persons = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    sys.stdout.writelines(lines(name, persons))


if __name__ == "__main__":
    main()
