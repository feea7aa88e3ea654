# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge of what many clients asked of the daemon at once and were told: could it have been one after another?

A history is a list of Request. check() returns what is wrong with it, sentence by sentence. It decides

replies     Each request has exactly one reply; errors are those that the method may give in such a load. TooBusy,
            TimedOut, Cancelled and PortGone left the host unchanged, or undid what they had begun.
generations Each is made by one create and deleted by one request at most, and by exactly one if it is not in the list
            that was asked for at the end, when all others had their replies.
intervals   For each pair of requests on their own. A region is there for certain from the reply to its create to the
            sending of what deleted it; it may be there from the sending of its create to the reply of its deletion. No
            two that are there for certain share a name, a bridge or a memdev. A refusal needs a moment between its
            sending and its reply at which its reason may hold: NotFound of a name or generation that is not there;
            NoCapacity or Conflict of a bridge or memdev that is taken, or whose driver was unbound.
order       One order of all changes and refusals together, in which each falls between its sending and its reply and
            does what it told. This is linearizability; the state is the set of regions with their names, generations,
            bridges and memdevs, and the unbound memdevs. The search for the order applies a change no earlier than a
            reply asks for it, and lets a refusal be true as soon as it can. It gives up after BUDGET steps, and says so:
            that is a failure of the check as well.

ListRegions is no single moment, because sysfs is read file by file: of each region by itself, one that is there for
certain all the time is listed, one that is listed may be there, and none is called damaged. A picture that is older
than the request (age_seconds) is held against its own time.

Not decided: the numbers in Status; whether Enable and Disable came in an order (only that the region was there, and
that the reply shows it so); which regions an UnbindPort that was refused has found. A refused create is believed that
overlaps a request on the same bridge or memdev that was undone.
"""
import collections
import dataclasses

INTERFACE = "io.cxlregiond.Region."
BUDGET = 200_000
PROBLEMS_MAX = 40
FOREVER = float("inf")

# Errors after which all is as if the request had never been.
NEUTRAL = {"TooBusy", "TimedOut", "Cancelled", "PortGone"}
REFUSALS = {
    "Create": {"NoCapacity", "Conflict"},
    "Delete": {"NotFound"},
    "Enable": {"NotFound"},
    "Disable": {"NotFound"},
    "UnbindPort": {"Conflict", "RegionInUse", "NotFound"},
    "BindPort": {"Conflict", "NotFound"},
}
STATE_AFTER = {"Enable": "active", "Disable": "disabled"}


@dataclasses.dataclass(eq=False)
class Request:
    """One request and all that came back. Times are of one clock, in seconds; replies are (time, message).

    A create names in bridges those that its region will take whole, and in memdevs those of which it may be made.
    """
    client: int
    method: str
    parameters: dict
    invoked: float
    replies: list = dataclasses.field(default_factory=list)
    bridges: tuple = ()
    memdevs: tuple = ()

    @property
    def replied(self):
        return self.replies[0][0]

    @property
    def error(self):
        """Its name, or "" after success."""
        return self.replies[0][1].get("error", "").removeprefix(INTERFACE)

    @property
    def is_refusal(self):
        """Was it told that things stood against it?"""
        return self.error in REFUSALS.get(self.method, ())

    @property
    def answer(self):
        return self.replies[0][1].get("parameters", {})

    @property
    def target(self):
        """What a Delete, Enable or Disable means: "region0", or "region0@7" with a generation."""
        generation = self.parameters.get("generation")
        return self.parameters["region"] + (f"@{generation}" if generation else "")

    @property
    def places(self):
        return {*self.bridges, *self.memdevs}

    def overlaps(self, other):
        return self.invoked < other.replied and other.invoked < self.replied

    def __str__(self):
        told = (self.error or "success") if self.replies else "nothing"
        end = f"{self.replied:.6f}" if self.replies else "never"
        return f"client {self.client} {self.method} {self.parameters} [{self.invoked:.6f}, {end}]: {told}"


@dataclasses.dataclass(eq=False)
class Life:
    """A region from its create to its deletion."""
    name: str
    generation: str
    places: frozenset  # bridges and memdevs
    born: Request
    died: Request = None

    @property
    def object(self):
        return f"{self.name}@{self.generation}"

    @property
    def facts(self):
        return self.places | {self.name, self.object}

    @property
    def certain(self):
        return self.born.replied, self.died.invoked if self.died else FOREVER

    @property
    def possible(self):
        return self.born.invoked, self.died.replied if self.died else FOREVER

    def is_certain_during(self, begin, end):
        return self.certain[0] <= begin and end <= self.certain[1]

    def is_possible_during(self, begin, end):
        return self.possible[0] < end and begin < self.possible[1]


def unbound(memdev):
    return f"{memdev} unbound"


# -- replies and generations ----------------------------------------------


def reply_problems(requests):
    for request in requests:
        if len(request.replies) != 1:
            yield f"{len(request.replies)} replies: {request}"
        elif request.replied < request.invoked:
            yield f"a reply before its request: {request}"


def error_problems(request):
    error = request.error
    if error and error not in NEUTRAL and not request.is_refusal:
        yield f"an error that does not belong here: {request}: {request.answer.get('message')}"
    if error and not request.is_refusal:
        if request.answer.get("outcome") not in ("unchanged", "undone"):
            yield f"outcome {request.answer.get('outcome')}: {request}"
    elif error and request.answer.get("outcome") != "unchanged":
        yield f"a refusal with outcome {request.answer.get('outcome')}: {request}"
    elif not error and request.method in STATE_AFTER:
        if request.answer["region"]["state"] != STATE_AFTER[request.method]:
            yield f"the region is {request.answer['region']['state']}: {request}"


def life_of(request):
    region = request.answer["region"]
    memdevs = [mapping["memdev"] for mapping in region["mappings"]]
    return Life(region["region"], region["generation"], frozenset([*request.bridges, *memdevs]), request)


class Lives:
    """The regions of a history, by what they are found by."""

    def __init__(self, requests):
        self.problems = []
        self.by_object = {}
        for request in requests:
            if request.method == "Create" and not request.error:
                self._add(life_of(request))
        for request in requests:
            if request.method == "Delete" and not request.error:
                self._end(request)
        for request in sorted(requests, key=lambda request: request.replied):
            if request.method == "UnbindPort" and not request.error:
                self._end_by_unbind(request)
        self.by_fact = collections.defaultdict(list)
        for life in self.by_object.values():
            for fact in sorted(life.facts):
                self.by_fact[fact].append(life)

    def __iter__(self):
        return iter(self.by_object.values())

    def _add(self, life):
        if life.object in self.by_object:
            self.problems.append(f"two creates made {life.object}: {life.born}; {self.by_object[life.object].born}")
        self.by_object[life.object] = life

    def _end(self, request):
        told = f"{request.answer['region']}@{request.answer['generation']}"
        life = self.by_object.get(told)
        if request.target not in (told, request.answer["region"]):
            self.problems.append(f"another object was deleted, {told}: {request}")
        elif not life:
            self.problems.append(f"{told} was never created: {request}")
        elif life.died:
            self.problems.append(f"two deletes of {told} succeeded: {life.died}; {request}")
        elif request.replied <= life.born.invoked:
            self.problems.append(f"{told} was deleted before its create was sent: {request}; {life.born}")
        else:
            life.died = request

    def _end_by_unbind(self, request):
        """It tells names alone: the last region of that name on the port that nobody else deleted."""
        for name in request.answer.get("deleted") or ():
            found = [life for life in self if life.name == name and not life.died and life.born.invoked < request.replied
                     and life.places.intersection(request.memdevs)]
            if found:
                max(found, key=lambda life: life.born.invoked).died = request
            else:
                self.problems.append(f"no region {name} was there to be deleted: {request}")


# -- intervals -------------------------------------------------------------


def sharing_problems(lives):
    """Two that are there for certain at one time share nothing."""
    told = set()
    for fact, sharers in lives.by_fact.items():
        last = None
        for life in sorted(sharers, key=lambda life: life.certain):
            if life.certain[0] >= life.certain[1]:
                continue
            if last and life.certain[0] < last.certain[1] and (last, life) not in told:
                told.add((last, life))
                yield f"{last.object} and {life.object} have {fact} at once: {last.born}; {life.born}"
            if not last or life.certain[1] > last.certain[1]:
                last = life


def refusal_problems(requests, lives, may_be_unbound):
    for request in requests:
        if not request.is_refusal:
            continue
        begin, end = request.invoked, request.replied
        if request.error == "NotFound" and "region" in request.parameters:
            for life in lives.by_fact.get(request.target, ()):
                if life.is_certain_during(begin, end):
                    yield f"{life.object} was there all the time: {request}"
        elif request.method == "Create" and not may_be_unbound:
            if not any(life.is_possible_during(begin, end) for place in request.places
                       for life in lives.by_fact.get(place, ())):
                yield f"nothing was in its way: {request}"


def list_problems(request, lives):
    begin = min(request.invoked, request.replied - request.answer["age_seconds"])
    listed = {f"{region['region']}@{region['generation']}": region for region in request.answer["regions"]}
    for life in lives:
        if life.is_certain_during(begin, request.replied) and life.object not in listed:
            yield f"{life.object} is not listed: {request}"
    for name, region in listed.items():
        life = lives.by_object.get(name)
        if region["state"] == "damaged":
            yield f"{name} is called damaged: {request}"
        if not life and region["state"] != "incomplete":
            yield f"{name} is listed, and nobody created it: {request}"
        if life and not life.is_possible_during(begin, request.replied):
            yield f"{name} is listed, and is not there: {request}"


def final_problems(final, lives):
    """Of the list at the end, when nothing changes any more."""
    listed = {f"{region['region']}@{region['generation']}" for region in final.answer["regions"]}
    for life in lives:
        if not life.died and life.object not in listed:
            yield f"{life.object} is gone, and no delete of it succeeded: {life.born}"
    for name in listed - set(lives.by_object):
        yield f"{name} is there at the end, and nobody created it"


# -- the order ---------------------------------------------------------------


@dataclasses.dataclass(eq=False)
class Action:
    """What a request does at its moment, and what must be so then. Facts are names of what there is."""
    request: Request
    needs_all: frozenset = frozenset()
    needs_any: frozenset = frozenset()
    needs_none: frozenset = frozenset()
    adds: frozenset = frozenset()
    removes: frozenset = frozenset()

    @property
    def is_change(self):
        return bool(self.adds or self.removes)

    def may_happen(self, facts):
        return (self.needs_all <= facts and self.needs_none.isdisjoint(facts)
                and (not self.needs_any or not self.needs_any.isdisjoint(facts)))


def create_action(request, lives):
    if request.error:
        return Action(request, needs_any=frozenset([*request.places, *map(unbound, request.memdevs)]))
    life = lives.by_object[life_of(request).object]
    missing = frozenset(unbound(place) for place in life.places)
    return Action(request, needs_none=life.facts | missing, adds=life.facts)


def delete_action(request, lives):
    if request.error:
        return Action(request, needs_none=frozenset([request.target]))
    life = lives.by_object[f"{request.answer['region']}@{request.answer['generation']}"]
    return Action(request, needs_all=life.facts, removes=life.facts)


def able_action(request, _lives):
    if request.error:
        return Action(request, needs_none=frozenset([request.target]))
    region = request.answer["region"]
    return Action(request, needs_all=frozenset([f"{region['region']}@{region['generation']}"]))


def unbind_action(request, lives):
    if request.error:
        return None
    gone = frozenset().union(*(life.facts for life in lives if life.died is request))
    memdevs = frozenset(request.memdevs)
    return Action(request, needs_all=gone, needs_none=memdevs - gone, adds=frozenset(map(unbound, memdevs)), removes=gone)


def bind_action(request, _lives):
    return None if request.error else Action(request, removes=frozenset(map(unbound, request.memdevs)))


ACTIONS = {"Create": create_action, "Delete": delete_action, "Enable": able_action, "Disable": able_action,
           "UnbindPort": unbind_action, "BindPort": bind_action}


def actions_of(requests, lives):
    undone = [request for request in requests if request.error and request.answer.get("outcome") == "undone"]
    for request in requests:
        if request.method not in ACTIONS or (request.error and not request.is_refusal):
            continue
        if request.method == "Create" and request.error and any(
                request.overlaps(other) and request.places & other.places for other in undone):
            continue
        action = ACTIONS[request.method](request, lives)
        if action:
            yield action


class Order:
    """The search for one order, depth first, with its places remembered."""

    def __init__(self, actions):
        self.actions = actions
        moments = [(action.request.invoked, 0, index) for index, action in enumerate(actions)]
        moments += [(action.request.replied, 1, index) for index, action in enumerate(actions)]
        self.events = [(is_reply, index) for _, is_reply, index in sorted(moments)]
        self.steps = 0
        self.furthest = -1

    def _settle(self, facts, pending):
        """Refusals that are true now need no later moment."""
        return frozenset(index for index in pending
                         if self.actions[index].is_change or not self.actions[index].may_happen(facts))

    def _advance(self, at, facts, pending):
        """Up to a reply whose action has not happened yet."""
        for position in range(at, len(self.events)):
            is_reply, index = self.events[position]
            if not is_reply:
                pending = self._settle(facts, pending | {index})
            elif index in pending:
                return position, facts, pending
        return len(self.events), facts, pending

    def _next(self, place):
        """Where one change more leads to, the most likely last."""
        at, facts, pending = place
        wanted = self.events[at][1]
        possible = [index for index in pending if self.actions[index].is_change and self.actions[index].may_happen(facts)]
        possible.sort(key=lambda index: (index != wanted, self.actions[index].request.replied), reverse=True)
        for index in possible:
            action = self.actions[index]
            changed = (facts - action.removes) | action.adds
            left = self._settle(changed, pending - {index})
            yield self._advance(at, changed, left) if wanted not in left else (at, changed, left)

    def problems(self):
        places = [self._advance(0, frozenset(), frozenset())]
        seen = set(places)
        while places:
            place = places.pop()
            self.furthest = max(self.furthest, place[0])
            if place[0] == len(self.events):
                return
            self.steps += 1
            if self.steps > BUDGET:
                yield f"no order was found in {BUDGET} steps; the furthest came to: {self._furthest_request()}"
                return
            for reached in self._next(place):
                if reached not in seen:
                    seen.add(reached)
                    places.append(reached)
        yield f"there is no order that explains all; the furthest came to: {self._furthest_request()}"

    def _furthest_request(self):
        return self.actions[self.events[self.furthest][1]].request


# -- all together --------------------------------------------------------------


def check(requests, final=None):
    """What is wrong with the history, at most PROBLEMS_MAX sentences; final: a ListRegions of the end, or None.

    The later questions are asked only of a history that the earlier ones found right, but for errors of the wrong kind:
    what they are about is taken to be as they tell.
    """
    everything = [*requests, final] if final else list(requests)
    problems = list(reply_problems(everything))
    if problems:
        return problems[:PROBLEMS_MAX]
    errors = [problem for request in everything for problem in error_problems(request)]
    lives = Lives(requests)
    if lives.problems:
        return (errors + lives.problems)[:PROBLEMS_MAX]
    may_be_unbound = any(request.method == "UnbindPort" and not request.error for request in requests)
    actions = list(actions_of(requests, lives))
    judged = [action.request for action in actions]
    problems = list(sharing_problems(lives))
    problems += refusal_problems(judged, lives, may_be_unbound)
    for request in everything:
        if request.method == "ListRegions" and not request.error:
            problems += list_problems(request, lives)
    if final and not final.error:
        problems += final_problems(final, lives)
    if not problems:
        problems += Order(actions).problems()
    return (errors + problems)[:PROBLEMS_MAX]
