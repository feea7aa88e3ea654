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
            NoCapacity or Conflict of a bridge or memdev that is in use, or whose driver was unbound.
order       One order of all changes and refusals together, in which each falls between its sending and its reply and
            does what it told. This is linearizability; the state is the set of regions with their names, generations,
            bridges and memdevs, and the unbound memdevs. The search for the order applies a change no earlier than a
            reply asks for it, and lets a refusal be true as soon as it can. It gives up after BUDGET steps, and says so:
            that is a failure of the check as well.

What happens without the clients stands in the history like requests, of the client OUTSIDE. Take: a memdev lost its driver.
Whatever region is on it becomes a ghost: it keeps its name, its places may or may not serve others, and it may be called
damaged, until a Delete ends it, or a Reap, by which the daemon deletes ghosts and nothing else. GiveBack: the memdev has its
driver again, and no ghost becomes whole by that.

ListRegions is no single moment, because sysfs is read file by file: of each region by itself, one that is there for
certain all the time is listed, one that is listed may be there, and none but a ghost is called damaged. A picture that is older
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
OUTSIDE = -1  # the client of what nobody asked for: of who works beside the daemon, and of the daemon itself

# Errors after which all is as if the request had never been.
NEUTRAL = {"TooBusy", "TimedOut", "Cancelled", "PortGone"}
REFUSALS = {
    "Create": {"NoCapacity", "Conflict", "NotFound"},
    "Delete": {"NotFound"},
    "Enable": {"NotFound", "Damaged"},
    "Disable": {"NotFound", "Damaged"},
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
    is_whole: bool  # the reply to its create told of each position
    died: Request = None
    takes: list = dataclasses.field(default_factory=list)  # each may have made a ghost of it

    @property
    def object(self):
        return f"{self.name}@{self.generation}"

    @property
    def facts(self):
        return self.places | {self.name, self.object}

    @property
    def ghost(self):
        """The fact that it is one."""
        return f"{self.object} is a ghost"

    @property
    def haunts(self):
        return frozenset(haunted(place, self.object) for place in self.places)

    def traces(self, facts):
        """All that goes with it; what a ghost had before may be another's by now."""
        return self.haunts | {self.name, self.object, self.ghost} if self.ghost in facts else self.facts

    @property
    def certain(self):
        return self.born.replied, self.died.invoked if self.died else FOREVER

    def certain_with(self, fact):
        """A ghost does not have its places for certain."""
        begin, end = self.certain
        return begin, min([end, *(take.invoked for take in self.takes)]) if fact in self.places else end

    @property
    def possible(self):
        return self.born.invoked, self.died.replied if self.died else FOREVER

    def is_certain_during(self, begin, end):
        return self.certain[0] <= begin and end <= self.certain[1]

    def is_possible_during(self, begin, end):
        return self.possible[0] < end and begin < self.possible[1]


def unbound(memdev):
    return f"{memdev} unbound"


def haunted(place, of_object):
    return f"{place} haunted by {of_object}"


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
        if request.answer["region"]["state"] != STATE_AFTER[request.method] and not shows_ghost(request):
            yield f"the region is {request.answer['region']['state']}: {request}"


def memdev_name(entry):
    """One that stays, if the memdev or mapping has any."""
    return f"serial={entry['serial']:#x}" if "serial" in entry else entry["memdev"]


def shows_ghost(request):
    return request.answer["region"]["state"] in ("incomplete", "damaged")


def life_of(request):
    region = request.answer["region"]
    memdevs = [memdev_name(mapping) for mapping in region["mappings"] if "memdev" in mapping]
    is_whole = len(memdevs) == len(region["mappings"])
    # Where one went before the reply was made, those that were asked for are what it had.
    if not is_whole and len(region["mappings"]) == len(request.memdevs):
        memdevs = request.memdevs
    places = frozenset([*request.bridges, *memdevs])
    return Life(region["region"], region["generation"], places, request, is_whole)


class Lives:
    """The regions of a history, by what they are found by."""

    def __init__(self, requests):
        self.problems = []
        self.by_object = {}
        for request in requests:
            if request.method == "Create" and not request.error:
                self._add(life_of(request))
        for request in requests:
            if request.method == "Take":
                self._take(request)
        for request in requests:
            if request.method == "Delete" and not request.error:
                self._end(request)
        for request in requests:
            if request.method == "Reap":
                self._reap(request)
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

    def _take(self, request):
        for life in self:
            # One that was not whole lost any of those of which it may have been made.
            lost_at_birth = not life.is_whole and life.born.overlaps(request)
            memdevs = life.places.union(life.born.memdevs) if lost_at_birth else life.places
            if memdevs.intersection(request.memdevs) and life.born.invoked < request.replied:
                life.takes.append(request)

    def _reap(self, request):
        life = self.by_object.get(request.target)
        if not life:
            self.problems.append(f"{request.target} was never created: {request}")
        elif not any(take.invoked < request.replied for take in life.takes):
            self.problems.append(f"{life.object} had lost no memdev: {request}")
        elif not life.died:
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
        last, last_end = None, 0.0
        for life in sorted(sharers, key=lambda life: life.certain):
            begin, end = life.certain_with(fact)
            if begin >= end:
                continue
            if last and begin < last_end and (last, life) not in told:
                told.add((last, life))
                yield f"{last.object} and {life.object} have {fact} at once: {last.born}; {life.born}"
            if not last or end > last_end:
                last, last_end = life, end


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
        if region["state"] == "damaged" and not (life and any(take.invoked < request.replied for take in life.takes)):
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


def loss_problems(request, lives):
    """What was enabled and is shown damaged was taken in between."""
    region = request.answer["region"]
    life = lives.by_object.get(f"{region['region']}@{region['generation']}")
    if not life or not any(take.overlaps(request) for take in life.takes):
        yield f"the region is {region['state']}: {request}"


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

    def apply(self, facts):
        """What there is afterwards."""
        return (facts - self.removes) | self.adds

    def may_happen(self, facts):
        return (self.needs_all <= facts and self.needs_none.isdisjoint(facts)
                and (not self.needs_any or not self.needs_any.isdisjoint(facts)))


class EndAction(Action):
    """Of a region, or a ghost."""

    def __init__(self, request, life, needs_all):
        super().__init__(request, needs_all, removes=life.facts)
        self.life = life

    def apply(self, facts):
        return facts - self.life.traces(facts)


class TakeAction(Action):
    """What a device that goes does depends on what is on it."""

    def __init__(self, request, lives):
        super().__init__(request, adds=frozenset(map(unbound, request.memdevs)))
        self.lives = [life for life in lives if request in life.takes]

    def apply(self, facts):
        for life in self.lives:
            if life.facts <= facts:
                facts = (facts - life.places) | life.haunts | {life.ghost}
        return facts | self.adds


def create_action(request, lives):
    if request.error == "NotFound":
        return Action(request, needs_any=frozenset([*map(unbound, request.memdevs), "no such memdev"]))
    if request.error:
        ghosts = [haunted(place, life.object) for place in request.places for life in lives.by_fact.get(place, ())]
        return Action(request, needs_any=frozenset([*request.places, *map(unbound, request.memdevs), *ghosts]))
    life = lives.by_object[life_of(request).object]
    missing = frozenset(unbound(place) for place in life.places)
    return Action(request, needs_none=life.facts | missing, adds=life.facts)


def delete_action(request, lives):
    if request.error:
        return Action(request, needs_none=frozenset([request.target]))
    life = lives.by_object[f"{request.answer['region']}@{request.answer['generation']}"]
    return EndAction(request, life, frozenset([life.name, life.object]))


def reap_action(request, lives):
    life = lives.by_object[request.target]
    if life.died is not request:  # somebody was faster
        return Action(request, needs_none=frozenset([life.object]))
    return EndAction(request, life, frozenset([life.object, life.ghost]))


def able_action(request, lives):
    if request.error == "Damaged":
        ghosts = [life.ghost for life in lives.by_fact.get(request.target, ())]
        return Action(request, needs_any=frozenset([*ghosts, "no such ghost"]))
    if request.error:
        return Action(request, needs_none=frozenset([request.target]))
    region = request.answer["region"]
    told = f"{region['region']}@{region['generation']}"
    ghost = frozenset(life.ghost for life in lives.by_fact.get(told, ())) or frozenset(["no such ghost"])
    if request.method == "Disable" and shows_ghost(request):  # there was nothing to be done
        return Action(request, needs_all=ghost | {told})
    return Action(request, needs_all=frozenset([told]), needs_none=ghost)


def unbind_action(request, lives):
    if request.error:
        return None
    gone = frozenset().union(*(life.facts for life in lives if life.died is request))
    memdevs = frozenset(request.memdevs)
    return Action(request, needs_all=gone, needs_none=memdevs - gone, adds=frozenset(map(unbound, memdevs)), removes=gone)


def bind_action(request, _lives):
    return None if request.error else Action(request, removes=frozenset(map(unbound, request.memdevs)))


def give_back_action(request, _lives):
    facts = frozenset(map(unbound, request.memdevs))
    return Action(request, needs_all=facts, removes=facts)


ACTIONS = {"Create": create_action, "Delete": delete_action, "Enable": able_action, "Disable": able_action,
           "UnbindPort": unbind_action, "BindPort": bind_action, "Take": TakeAction, "GiveBack": give_back_action,
           "Reap": reap_action}


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
            changed = action.apply(facts)
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
    may_be_unbound = any(request.method in ("UnbindPort", "Take") and not request.error for request in requests)
    actions = list(actions_of(requests, lives))
    judged = [action.request for action in actions]
    problems = list(sharing_problems(lives))
    problems += refusal_problems(judged, lives, may_be_unbound)
    for request in everything:
        if request.method == "ListRegions" and not request.error:
            problems += list_problems(request, lives)
        if request.method == "Enable" and not request.error and shows_ghost(request):
            problems += loss_problems(request, lives)
    if final and not final.error:
        problems += final_problems(final, lives)
    if not problems:
        problems += Order(actions).problems()
    return (errors + problems)[:PROBLEMS_MAX]
