# SPDX-License-Identifier: GPL-2.0-or-later
"""The judge of what many clients asked of the daemon at once and were told: could it have been one after another?

A history is a list of Request. check() returns what is wrong with it, sentence by sentence. It decides

replies     Each request has exactly one reply; errors are those that the method may give in such a load. TooBusy,
            TimedOut, Cancelled and PortGone left the host unchanged, or undid what they had begun; but for PortGone
            about a region that had lost a memdev: what was begun there may be impossible to undo, and is told as unknown.
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
from lives import Lives, shows_ghost
from order import Order, actions_of

PROBLEMS_MAX = 40

# Errors after which all is as if the request had never been.
NEUTRAL = {"TooBusy", "TimedOut", "Cancelled", "PortGone"}
STATE_AFTER = {"Enable": "active", "Disable": "disabled"}


# -- replies and generations ----------------------------------------------


def reply_problems(requests):
    for request in requests:
        if len(request.replies) != 1:
            yield f"{len(request.replies)} replies: {request}"
        elif request.replied < request.invoked:
            yield f"a reply before its request: {request}"


def has_lost_memdev(request, lives):
    """Had the region that it names lost one before the reply?"""
    if "region" not in request.parameters:
        return False
    return any(take.invoked < request.replied for life in lives.by_fact.get(request.target, ()) for take in life.takes)


def error_problems(request, lives):
    error = request.error
    if error and error not in NEUTRAL and not request.is_refusal:
        yield f"an error that does not belong here: {request}: {request.answer.get('message')}"
    if error and not request.is_refusal:
        may_be_unknown = error == "PortGone" and has_lost_memdev(request, lives)
        if request.answer.get("outcome") not in ("unchanged", "undone") and not (
                may_be_unknown and request.answer["outcome"] == "unknown"):
            yield f"outcome {request.answer.get('outcome')}: {request}"
    elif error and request.answer.get("outcome") != "unchanged":
        yield f"a refusal with outcome {request.answer.get('outcome')}: {request}"
    elif not error and request.method in STATE_AFTER:
        if request.answer["region"]["state"] != STATE_AFTER[request.method] and not shows_ghost(request):
            yield f"the region is {request.answer['region']['state']}: {request}"


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
    lives = Lives(requests)
    errors = [problem for request in everything for problem in error_problems(request, lives)]
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
