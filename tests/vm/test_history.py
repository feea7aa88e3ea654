#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge of histories against right ones and wrong ones."""

import random
import sys
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "programs"))

from history import INTERFACE, Request, check

BRIDGES = "ABCD"


def request(method, begin, end, answer=None, error=None, parameters=None, bridges="", **more):
    if error:
        answer = {"outcome": "unchanged", **(answer or {})}
    message = {"parameters": answer or {}}
    if error:
        message["error"] = INTERFACE + error
    memdevs = tuple(f"mem{bridge}" for bridge in bridges)
    return Request(0, method, parameters or {}, begin, [(end, message)], tuple(bridges), memdevs, **more)


def region(name, generation, bridges, state="active"):
    return {"region": name, "generation": generation, "state": state, "mappings": [{"memdev": f"mem{b}"} for b in bridges]}


def create(begin, end, bridges="A", name="region0", generation="1"):
    return request("Create", begin, end, {"region": region(name, generation, bridges)}, bridges=bridges)


def refused(begin, end, bridges="A", error="NoCapacity", outcome="unchanged"):
    return request("Create", begin, end, {"outcome": outcome}, error, bridges=bridges)


def delete(begin, end, name="region0", generation="1", named=True, error=None):
    parameters = {"region": name} | ({"generation": generation} if named else {})
    return request("Delete", begin, end, None if error else {"region": name, "generation": generation}, error, parameters)


def disable(begin, end, error=None, state="disabled", generation="1"):
    answer = None if error else {"region": region("region0", generation, "A", state)}
    return request("Disable", begin, end, answer, error, {"region": "region0"})


def listing(begin, end, *regions, age=0.0):
    return request("ListRegions", begin, end, {"regions": list(regions), "age_seconds": age})


def unbind(begin, end, bridge="A", deleted=()):
    return request("UnbindPort", begin, end, {"deleted": list(deleted)}, bridges=bridge)


def bind(begin, end, bridge="A"):
    return request("BindPort", begin, end, bridges=bridge)


class HistoryTest(unittest.TestCase):
    def right(self, *requests, final=None):
        self.assertEqual(check(list(requests), final), [])

    def wrong(self, sentence, *requests, final=None):
        problems = check(list(requests), final)
        self.assertTrue(any(sentence in problem for problem in problems), problems)


class RepliesTest(HistoryTest):
    def test_missing(self):
        lost = create(1, 2)
        lost.replies = []
        self.wrong("0 replies", lost)

    def test_doubled(self):
        twice = create(1, 2)
        twice.replies *= 2
        self.wrong("2 replies", twice)

    def test_before_the_request(self):
        self.wrong("before its request", create(2, 1))

    def test_error_of_no_place(self):
        self.wrong("does not belong", request("Create", 1, 2, None, "InternalError", bridges="A"))
        self.wrong("does not belong", create(1, 2), delete(3, 4, error="NoCapacity"))
        self.wrong("does not belong", request("ListRegions", 1, 2, None, "NotFound"))

    def test_error_hides_nothing_else(self):
        self.wrong("was there all the time", request("GetStatus", 1, 2, None, "InternalError"), create(1, 2),
                   delete(3, 4, error="NotFound"), delete(5, 6))
        self.wrong("no order", request("GetStatus", 1, 2, None, "InternalError"), create(1, 2), delete(3, 4), disable(5, 6))

    def test_neutral_errors(self):
        self.right(refused(1, 2, error="TooBusy"), refused(3, 4, error="PortGone", outcome="undone"), create(5, 6))
        self.wrong("outcome unknown", refused(1, 2, error="PortGone", outcome="unknown"))
        self.wrong("outcome done", refused(1, 2, error="TimedOut", outcome="done"))

    def test_refusal_that_changed_something(self):
        self.wrong("with outcome undone", create(1, 2), refused(3, 4, outcome="undone"))


class GenerationsTest(HistoryTest):
    def test_life(self):
        self.right(create(1, 2), delete(3, 4), create(5, 6, generation="2"), delete(7, 8, generation="2", named=False))

    def test_two_deletes_of_one(self):
        self.wrong("two deletes of region0@1", create(1, 2), delete(3, 4), delete(3, 4))
        self.wrong("two deletes of region0@1", create(1, 2), delete(3, 4), delete(3.5, 4.5, named=False))

    def test_delete_of_none(self):
        self.wrong("never created", delete(1, 2))
        self.wrong("never created", create(1, 2), delete(3, 4, generation="9", named=False))

    def test_delete_before_the_create(self):
        self.wrong("before its create", delete(1, 2), create(3, 4))

    def test_delete_of_another(self):
        other = delete(7, 8)
        other.replies[0][1]["parameters"]["generation"] = "2"
        self.wrong("another object", create(1, 2), delete(3, 4), create(5, 6, generation="2"), other)

    def test_one_generation_twice(self):
        self.wrong("two creates made", create(1, 2), delete(3, 4), create(5, 6))

    def test_end(self):
        self.right(create(1, 2), final=listing(9, 10, region("region0", "1", "A")))
        self.right(create(1, 2), delete(3, 4), final=listing(9, 10))
        self.wrong("no delete of it", create(1, 2), final=listing(9, 10))
        self.wrong("nobody created", final=listing(9, 10, region("region0", "1", "A")))
        self.wrong("is not there", create(1, 2), delete(3, 4), final=listing(9, 10, region("region0", "1", "A")))


class IntervalsTest(HistoryTest):
    def test_create_on_an_occupied_memdev(self):
        self.wrong("have A at once", create(1, 2), create(3, 4, name="region1", generation="2"))
        shared = create(3, 4, bridges="B", name="region1", generation="2")
        shared.replies[0][1]["parameters"]["region"]["mappings"] = [{"memdev": "memA"}]
        self.wrong("have memA at once", create(1, 2), shared)

    def test_occupied_before_by_a_long_one(self):
        self.wrong("at once", create(1, 2, "A"), create(1, 2, "B", "region1", "2"), delete(3, 4, "region1", "2"),
                   create(5, 6, "AB", "region2", "3"))

    def test_two_generations_under_one_name(self):
        self.wrong("have region0 at once", create(1, 2), create(3, 4, bridges="B", generation="2"), delete(5, 6))

    def test_not_found_though_there(self):
        for named in (True, False):
            self.wrong("was there all the time", create(1, 2), delete(3, 4, named=named, error="NotFound"), delete(5, 6))
        self.wrong("was there all the time", create(1, 2), disable(3, 4, error="NotFound"))

    def test_not_found(self):
        self.right(delete(1, 2, error="NotFound"))
        self.right(create(1, 3), delete(2, 4, error="NotFound"))
        self.right(create(1, 2), delete(3, 5), delete(4, 6, error="NotFound"))
        self.right(create(1, 2), delete(3, 4, generation="0", error="NotFound"))
        # The name meant the first, which was deleted and another created meanwhile.
        self.right(create(1, 2), delete(3, 4), create(5, 6, generation="2"), delete(3.5, 7, named=False, error="NotFound"))

    def test_refused_without_a_reason(self):
        self.wrong("nothing was in its way", refused(1, 2))
        self.wrong("nothing was in its way", create(1, 2), delete(3, 4), refused(5, 6))
        self.wrong("nothing was in its way", create(1, 2, "B"), refused(5, 6))

    def test_refused_with_one(self):
        self.right(create(1, 2), refused(3, 4))
        self.right(create(1, 2, "AB"), refused(3, 4, "BC"))
        self.right(create(1, 2), delete(3, 5), refused(4, 6))
        self.right(refused(2, 4), refused(1, 3, error="PortGone", outcome="undone"))

    def test_able(self):
        self.right(create(1, 2), disable(3, 4), delete(5, 6))
        self.wrong("the region is active", create(1, 2), disable(3, 4, state="active"))
        self.wrong("no order", create(1, 2), delete(3, 4), disable(5, 6))


class ListTest(HistoryTest):
    there = region("region0", "1", "A")

    def test_right(self):
        self.right(create(1, 2), listing(3, 4, self.there), delete(5, 6), listing(7, 8))
        self.right(create(1, 3), listing(2, 4), listing(2, 2.5, region("region0", "1", "A", "incomplete")))
        self.right(refused(1, 3, error="TooBusy", outcome="undone"), listing(2, 4, region("region0", "8", "A", "incomplete")))

    def test_wrong(self):
        self.wrong("is not listed", create(1, 2), listing(3, 4))
        self.wrong("is not there", create(1, 2), delete(3, 4), listing(5, 6, self.there))
        self.wrong("nobody created", listing(5, 6, self.there))
        self.wrong("called damaged", create(1, 3), listing(2, 4, region("region0", "1", "A", "damaged")))

    def test_old_picture(self):
        self.right(create(1, 2), delete(3, 4), listing(5, 6, self.there, age=2.5))
        self.wrong("is not there", create(1, 2), delete(3, 4), listing(5, 6, self.there, age=1.5))


class PortsTest(HistoryTest):
    def test_right(self):
        self.right(unbind(1, 2), refused(3, 4, error="Conflict"), bind(5, 6), create(7, 8))
        self.right(create(1, 2), unbind(3, 4, deleted=["region0"]), delete(5, 6, error="NotFound"), refused(7, 8))

    def test_wrong(self):
        self.wrong("no order", unbind(1, 2), create(3, 4), bind(5, 6))
        self.wrong("no order", create(1, 2), unbind(3, 4))
        self.wrong("no region region0", unbind(3, 4, deleted=["region0"]))
        self.wrong("no order", unbind(1, 2), bind(3, 4), refused(5, 6))


class OrderTest(HistoryTest):
    """What no pair of requests tells, but all together do."""

    def test_gone_and_there_again(self):
        life = [create(0, 1), delete(2, 6), create(3, 7, name="region1", generation="2")]
        self.right(*life, disable(3, 4), delete(4.5, 5, error="NotFound"))
        self.wrong("no order", *life, delete(3, 4, error="NotFound"), disable(4.5, 5))

    def test_cycle(self):
        # Region 1 was seen there when region 0 may have been gone; and region 0 was seen there later.
        xy = [create(0, 1, "A", "region0", "1"), delete(2, 9), create(2, 9, "B", "region1", "2")]
        seen = request("Enable", 2.5, 3.5, {"region": region("region1", "2", "B")}, None, {"region": "region1"})
        self.right(*xy, seen, disable(4, 5))
        self.wrong("no order", *xy, delete(2.5, 3.5, error="NotFound"), seen, disable(4, 5))

    def test_a_change_earlier_than_its_reply(self):
        self.right(create(1, 9), disable(2, 3), refused(4, 5))
        self.right(create(1, 9), delete(2, 10), refused(3, 4), create(5, 6, generation="2"))

    def test_a_name_between_two(self):
        self.right(create(1, 2), delete(3, 9), create(3, 9, generation="2"), delete(4, 5, named=False, error="NotFound"),
                   disable(6, 9, generation="2"))


class Host:
    """A right one: what it does, it does at one moment between sending and reply."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.regions = {}  # name -> (generation, bridges)
        self.last_generation = 0
        self.known = ["0"]

    def taken(self):
        return {bridge for _, bridges in self.regions.values() for bridge in bridges}

    def create(self, begin, end):
        bridges = self.random.choice(["A", "B", "C", "D", "AB", "CD", "ABCD"])
        if set(bridges) & self.taken():
            return refused(begin, end, bridges)
        self.last_generation += 1
        name = next(f"region{i}" for i in range(9) if f"region{i}" not in self.regions)
        generation = str(self.last_generation)
        self.regions[name] = generation, bridges
        self.known.append(generation)
        return create(begin, end, bridges, name, generation)

    def delete(self, begin, end):
        name, named = f"region{self.random.randrange(4)}", self.random.random() < 0.5
        there = self.regions.get(name, ("", ""))[0]
        wanted = self.random.choice([there, self.random.choice(self.known[-6:])]) or "0" if named else there
        if not there or wanted != there:
            return delete(begin, end, name, wanted, named, "NotFound")
        del self.regions[name]
        return delete(begin, end, name, there, named)

    def list(self, begin, end):
        return listing(begin, end, *(region(name, generation, bridges) for name, (generation, bridges) in self.regions.items()))

    def history(self, count, clients, late):
        """In time 1 apart, the interval of each around its moment as long as a queue of clients makes it."""
        made = []
        for moment in range(count):
            does = self.random.choices([self.create, self.delete, self.list], [5, 5, 1])[0]
            begin = moment - self.random.random() * clients
            end = moment + self.random.random() * (1 if does == self.list else late)
            made.append(does(moment if does == self.list else begin, end))
        return made, self.list(count + clients, count + clients + 1)


class RandomTest(HistoryTest):
    def test_right_ones(self):
        # The first is as from a daemon that replies at once, in others replies are late by some requests.
        for seed, late in enumerate((0.5, 1.5, 3, 5, 8)):
            with self.subTest(seed=seed, late=late):
                requests, final = Host(seed).history(3000, 32, late)
                began = time.monotonic()
                self.assertEqual(check(requests, final), [])
                self.assertLess(time.monotonic() - began, 60)

    def test_one_reply_forged(self):
        """A delete that succeeded and was told NotFound is always found."""
        for seed in range(60):
            requests, final = Host(seed).history(300, 32, 0.5)
            chosen = random.Random(seed).choice([r for r in requests if r.method == "Delete" and not r.error])
            chosen.replies[0] = (chosen.replied, {"error": INTERFACE + "NotFound", "parameters": {"outcome": "unchanged"}})
            self.assertNotEqual(check(requests, final), [], f"seed {seed}")

    def test_one_request_lost(self):
        """A create that is left out is found by what came after it."""
        for seed in range(60):
            requests, final = Host(seed).history(300, 32, 0.5)
            requests.remove(random.Random(seed).choice([r for r in requests if r.method == "Create" and not r.error]))
            self.assertNotEqual(check(requests, final), [], f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
