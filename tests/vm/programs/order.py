# SPDX-License-Identifier: GPL-2.0-or-later
"""An order of all requests of a history, one after another, in which each does what it told; or that there is none."""
import dataclasses

from lives import Request, haunted, life_of, shows_ghost, unbound

BUDGET = 200_000


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
