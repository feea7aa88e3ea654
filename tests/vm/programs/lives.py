# SPDX-License-Identifier: GPL-2.0-or-later
"""The requests of a history, and the lives of the regions that they made: from when to when each was there."""
import collections
import dataclasses

INTERFACE = "io.cxlregiond.Region."
FOREVER = float("inf")
OUTSIDE = -1  # the client of what nobody asked for: of who works beside the daemon, and of the daemon itself

REFUSALS = {
    "Create": {"NoCapacity", "Conflict", "NotFound"},
    "Delete": {"NotFound"},
    "Enable": {"NotFound", "Damaged"},
    "Disable": {"NotFound", "Damaged"},
    "UnbindPort": {"Conflict", "RegionInUse", "NotFound"},
    "BindPort": {"Conflict", "NotFound"},
}


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
