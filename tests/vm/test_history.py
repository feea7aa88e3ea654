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

from history import check
from lives import INTERFACE, OUTSIDE, Request

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


def unknown(begin, end, error="PortGone"):
    return request("Delete", begin, end, {"outcome": "unknown"}, error, {"region": "region0", "generation": "1"})


def disable(begin, end, error=None, state="disabled", generation="1"):
    answer = None if error else {"region": region("region0", generation, "A", state)}
    return request("Disable", begin, end, answer, error, {"region": "region0"})


def listing(begin, end, *regions, age=0.0):
    return request("ListRegions", begin, end, {"regions": list(regions), "age_seconds": age})


def unbind(begin, end, bridge="A", deleted=()):
    return request("UnbindPort", begin, end, {"deleted": list(deleted)}, bridges=bridge)


def bind(begin, end, bridge="A"):
    return request("BindPort", begin, end, bridges=bridge)


def enable(begin, end, error=None, state="active", generation="1"):
    answer = None if error else {"region": region("region0", generation, "A", state)}
    return request("Enable", begin, end, answer, error, {"region": "region0"})


def outside(method, begin, end, bridge="", **parameters):
    return Request(OUTSIDE, method, parameters, begin, [(end, {})], (), (f"mem{bridge}",) if bridge else ())


def take(begin, end, bridge="A"):
    return outside("Take", begin, end, bridge)


def give_back(begin, end, bridge="A"):
    return outside("GiveBack", begin, end, bridge)


def reap(begin, end, name="region0", generation="1"):
    return outside("Reap", begin, end, region=name, generation=generation)


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


class OutsideTest(HistoryTest):
    damaged = region("region0", "1", "A", "damaged")

    def test_device_is_away(self):
        self.right(take(1, 2), refused(3, 4, error="Conflict"), refused(5, 6, error="NotFound"), give_back(7, 8), create(9, 10))
        self.right(create(1, 5), take(2, 4), delete(6, 7))
        self.wrong("no order", take(1, 2), create(3, 4), give_back(5, 6))
        self.wrong("no order", take(1, 2), give_back(3, 4), refused(5, 6, error="Conflict"))
        self.wrong("no order", take(1, 2), give_back(3, 4), refused(5, 6, error="NotFound"))
        self.wrong("no order", take(1, 2), refused(3, 4, "B"))
        self.wrong("no order", create(1, 2), refused(3, 4, error="NotFound"), take(5, 6))

    def test_ghost_is_reaped(self):
        self.right(create(1, 2), take(3, 4), reap(5, 6), give_back(7, 8), create(9, 10, generation="2"))
        self.right(create(1, 2), take(3, 4), reap(5, 6), delete(7, 8, error="NotFound"), final=listing(9, 10))
        self.right(create(1, 4), take(2, 3), reap(3.5, 6), final=listing(9, 10))

    def test_what_cannot_be_undone(self):
        self.right(create(1, 2), take(3, 5), unknown(4, 6), reap(7, 8))
        self.wrong("outcome unknown", create(1, 2), unknown(3, 4), take(5, 6))
        self.wrong("outcome unknown", create(1, 2), take(3, 4, "B"), unknown(5, 6))
        self.wrong("outcome unknown", create(1, 2), take(3, 4), unknown(5, 6, "TimedOut"))
        self.wrong("no delete of it succeeded", create(1, 2), take(3, 5), unknown(4, 6), final=listing(7, 8))

    def test_nobody_else_vanishes(self):
        self.wrong("had lost no memdev", create(1, 2), reap(5, 6))
        self.wrong("had lost no memdev", create(1, 2), reap(3, 4), take(5, 6))
        self.wrong("had lost no memdev", create(1, 2), take(3, 4, "B"), reap(5, 6))
        self.wrong("had lost no memdev", take(1, 2), give_back(3, 4), create(5, 6), reap(7, 8))
        self.wrong("no order", create(1, 3), take(2, 2.5), give_back(2.6, 2.7), reap(3.5, 4), disable(3.2, 3.4))
        self.wrong("never created", take(3, 4), reap(5, 6))

    def test_ghost_does_not_vanish(self):
        ghost = [create(1, 2), take(3, 4), give_back(5, 6)]
        self.right(*ghost, final=listing(9, 10, self.damaged))
        self.wrong("no delete of it", *ghost, final=listing(9, 10))
        self.wrong("was there all the time", *ghost, delete(7, 8, error="NotFound"))
        self.wrong("is not listed", *ghost, listing(7, 8))
        self.wrong("have region0 at once", *ghost, create(7, 8, "B", generation="2"))

    def test_ghost_is_deleted_once(self):
        ghost = [create(1, 2), take(3, 4)]
        self.right(*ghost, delete(5, 6), reap(7, 8))
        self.right(*ghost, delete(5, 8), reap(6, 7))
        self.wrong("two deletes of region0@1", *ghost, delete(5, 6), delete(7, 8))
        self.wrong("no order", *ghost, reap(5, 6), delete(7, 8))
        self.wrong("no order", *ghost, delete(7, 8), reap(5, 6))

    def test_ghost_is_no_region(self):
        ghost = [create(1, 2), take(3, 4), give_back(5, 6)]
        self.right(*ghost, enable(7, 8, error="Damaged"), disable(9, 10, state="damaged"))
        self.wrong("no order", *ghost, enable(7, 8))
        self.wrong("no order", *ghost, disable(7, 8))
        self.right(create(1, 2), disable(3, 4), enable(5, 8, state="damaged"), take(6, 7))
        self.wrong("the region is damaged", *ghost, enable(7, 8, state="damaged"))
        self.wrong("the region is damaged", create(1, 2), enable(3, 4, state="damaged"), take(5, 6))
        self.wrong("the region is damaged", create(1, 2), enable(3, 6, state="damaged"), take(4, 5, "B"))
        self.wrong("no order", create(1, 2), enable(3, 4, error="Damaged"), take(5, 6))
        self.wrong("no order", create(1, 2), disable(3, 4, state="damaged"), take(5, 6))
        self.wrong("no order", enable(3, 4, error="Damaged"))

    def test_damaged(self):
        self.right(create(1, 2), take(3, 5), listing(4, 6, self.damaged))
        self.wrong("called damaged", create(1, 2), listing(3, 4, self.damaged), take(5, 6))
        self.wrong("called damaged", create(1, 2), take(3, 4, "B"), listing(5, 6, self.damaged))

    def test_places_of_a_ghost(self):
        ghost = [create(1, 2, "AB"), take(3, 4)]
        other = create(5, 6, "B", "region1", "2")
        self.right(*ghost, refused(5, 6, "B"), give_back(7, 8), refused(9, 10, "A"))
        self.right(*ghost, other, reap(7, 8))
        self.right(*ghost, other, reap(7, 8), refused(9, 10, "B"), take(11, 12, "B"), reap(13, 14, "region1", "2"))
        self.wrong("no order", *ghost, other, reap(7, 8), delete(9, 10, "region1", "2"), refused(11, 12, "B"))
        self.wrong("have B at once", create(1, 2, "AB"), take(3, 4, "C"), other)
        self.wrong("have B at once", create(1, 2, "AB"), other, take(7, 8))
        self.wrong("no order", *ghost, reap(5, 6), refused(7, 8, "B"))
        self.wrong("no order", *ghost, delete(5, 6), refused(7, 8, "B"))

    def test_lost_at_birth(self):
        def lost(begin, end, named):
            made = create(begin, end, "AB" if named else "ABC")
            made.replies[0][1]["parameters"]["region"]["mappings"] = [{}, {"memdev": "memB"}]
            return made
        for named in (True, False):
            self.right(lost(1, 4, named), take(2, 3), create(5, 6, "B", "region1", "2"), reap(7, 8))
            self.wrong("have B at once", lost(1, 4, named), take(2, 3, "D"), create(5, 6, "B", "region1", "2"))
        self.wrong("have B at once", lost(1, 4, False), create(5, 6, "B", "region1", "2"), take(7, 8))

    def test_unfinished(self):
        lost = take(1, 2)
        lost.replies = []
        self.wrong("0 replies", lost)


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

    @property
    def at_once(self):
        return [self.list]

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

    def doings(self):
        return {self.create: 5, self.delete: 5, self.list: 1}

    def history(self, count, clients, late):
        """In time 1 apart, the interval of each around its moment as long as a queue of clients makes it."""
        made = []
        for moment in range(count):
            does = self.random.choices(list(self.doings()), list(self.doings().values()))[0]
            begin = moment - self.random.random() * clients
            end = moment + self.random.random() * (1 if does in self.at_once else late)
            made.append(does(moment if does in self.at_once else begin, end))
        return made, self.list(count + clients, count + clients + 1)


class DisturbedHost(Host):
    """Its devices come and go, and it deletes the ghosts that they leave."""

    def __init__(self, seed):
        super().__init__(seed)
        self.away = set()
        self.ghosts = {}  # name -> generation

    @property
    def at_once(self):
        return [self.list, self.come_or_go, self.reap]

    def doings(self):
        return super().doings() | {self.come_or_go: 2} | ({self.reap: 2} if self.ghosts else {})

    def taken(self):
        return super().taken() | self.away

    def delete(self, begin, end):
        made = super().delete(begin, end)
        if not made.error:
            self.ghosts.pop(made.parameters["region"], None)
        return made

    def come_or_go(self, begin, end):
        if self.away:
            return give_back(begin, end, self.away.pop())
        bridge = self.random.choice(BRIDGES)
        self.away.add(bridge)
        for name, (generation, bridges) in self.regions.items():
            if bridge in bridges:
                self.ghosts[name] = generation
        return take(begin, end, bridge)

    def reap(self, begin, end):
        name, generation = self.ghosts.popitem()
        del self.regions[name]
        return reap(begin, end, name, generation)


class RandomTest(HistoryTest):
    def test_right_ones(self):
        # The first is as from a daemon that replies at once, in others replies are late by some requests.
        for seed, late in enumerate((0.5, 1.5, 3, 5, 8)):
            with self.subTest(seed=seed, late=late):
                requests, final = Host(seed).history(3000, 32, late)
                began = time.monotonic()
                self.assertEqual(check(requests, final), [])
                self.assertLess(time.monotonic() - began, 60)

    def test_right_ones_with_an_outsider(self):
        for seed, late in enumerate((0.5, 1.5, 3)):
            with self.subTest(seed=seed, late=late):
                requests, final = DisturbedHost(seed).history(3000, 32, late)
                self.assertTrue(any(request.method == "Reap" for request in requests))
                self.assertEqual(check(requests, final), [])

    def test_one_reap_untold(self):
        """A region that went without anybody's doing is always found."""
        for seed in range(60):
            requests, final = DisturbedHost(seed).history(300, 32, 0.5)
            requests.remove(random.Random(seed).choice([r for r in requests if r.method == "Reap"]))
            self.assertNotEqual(check(requests, final), [], f"seed {seed}")

    def test_one_take_untold(self):
        """So is one that is reaped, and whose device was there."""
        for seed in range(60):
            requests, final = DisturbedHost(seed).history(300, 32, 0.5)
            victim = random.Random(seed).choice([r for r in requests if r.method == "Reap"])
            created = next(r for r in requests if r.method == "Create" and not r.error
                           and r.answer["region"]["generation"] == victim.parameters["generation"])
            requests = [r for r in requests if r.method != "Take" or not set(r.memdevs) & set(created.memdevs)]
            self.assertNotEqual(check(requests, final), [], f"seed {seed}")

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
