"""How hidden causes are put into words: for each cause and direction, wordings of all times and of late times only.

`{...}` are slots that simulate.py fills. The same words speak for and against, so that counting words is not enough.
"""

# cause -> direction (+1 helps, -1 hurts) -> (wordings from the start, wordings of the last third by time only)
CUSTOMER_SAYS: dict[str, dict[int, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "need": {
        +1: (
            (
                "Honestly, {task} eats up {hours} hours of our week and we cannot go on like that.",
                "We lost a client last month because {task} went wrong again.",
                "{Task} is the first thing my boss asks me about every Monday.",
                "If this really takes {task} off our plate, the whole team would be relieved.",
                "We have tried to fix {task} with spreadsheets twice and it did not hold.",
                "What you just showed is the part we are missing today.",
                "Every time we grow, {task} breaks. It has to be solved.",
                "I would not be on this call if {task} were not hurting us.",
            ),
            (
                "Our auditors wrote {task} up as a finding, so doing nothing is off the table.",
                "Two people have quit over {task} since summer, that tells you enough.",
                "I counted it: {task} costs us about {amount} a year.",
                "The board put {task} at the top of its list.",
            ),
        ),
        -1: (
            (
                "To be fair, {task} works well enough for us as it is.",
                "I am mostly looking around, there is nothing that really hurts today.",
                "{Task} takes us maybe an hour a month, so I wonder what we would gain.",
                "It is a nice idea, but nobody here complains about {task}.",
                "We could live with the way {task} runs for another few years.",
                "I do not see what problem this would take off our plate.",
                "My team likes the spreadsheets, they are not missing anything.",
                "It looks good, I am just not sure what we would use it for.",
            ),
            (
                "We reorganised {task} in spring and since then it has been quiet.",
                "Somebody asked me to sit in, I have no opinion on {task} myself.",
                "It would be a solution in search of a problem for us.",
                "Compared with everything else going on, {task} is not on my list.",
            ),
        ),
    },
    "authority": {
        +1: (
            (
                "That is my decision, I do not need anybody else to sign.",
                "I own this budget and I choose the tools for the department.",
                "{Person} and I decide together, and {person} asked me to go ahead and pick.",
                "I can sign up to {amount} on my own.",
                "The management has left the choice to me.",
                "I brought {person} along because the two of us settle this today or never.",
                "You are talking to the one who signs.",
                "Once I say yes, purchasing only types it in.",
            ),
            (
                "Since the reorganisation this lands on my desk alone.",
                "{Person} gave me a free hand in writing.",
                "There is no committee any more, it is up to me.",
                "My signature is the only one on the form.",
            ),
        ),
        -1: (
            (
                "I would have to take this to {person}, it is not my decision.",
                "I only collect information, others decide.",
                "Our management signs everything above {amount}, and I have no seat there.",
                "There is a committee for this and I do not know when it meets.",
                "I like it, but I cannot sign anything myself.",
                "{Person} decides, and {person} has not asked for it.",
                "Purchasing has to choose, we in the department only get to suggest.",
                "I would need three more people to say yes before it even gets to {person}.",
            ),
            (
                "Headquarters has pulled all tool decisions to itself.",
                "I am covering for a colleague, so please do not count on me for a decision.",
                "The person who could say yes left the company, and nobody took over.",
                "Whatever I say here binds nobody, I am afraid.",
            ),
        ),
    },
    "budget": {
        +1: (
            (
                "We have set aside {amount} for exactly this.",
                "The money is approved, it has to be spent before {month}.",
                "For something that works, {amount} is not a problem.",
                "Your price is below what we planned.",
                "There is a line for it in this year's budget.",
                "Finance has already released the funds.",
                "If it saves us {hours} hours a week it has paid for itself by {month}.",
                "I expected it to be more expensive, to be honest.",
            ),
            (
                "Finance moved another project out to make room for this one.",
                "We got the grant, so the cost is covered.",
                "I would rather pay {amount} now than lose it at the end of the year.",
                "The figure you sent went through without a question.",
            ),
        ),
        -1: (
            (
                "That is far more than we can spend, we thought of {amount} at most.",
                "There is no budget for it this year.",
                "Everything above {amount} is frozen at the moment.",
                "For that price I would have to let somebody go.",
                "Finance has already said no to a cheaper tool.",
                "It is not approved, and I doubt that it will be.",
                "We would need it for about half of that.",
                "Money is very tight since the last quarter.",
            ),
            (
                "After the cuts in {month} we can only renew what we have.",
                "My travel budget is gone, so you can imagine what they say about software.",
                "The figure you sent made {person} laugh, and not in a good way.",
                "We could pay for a month or so and then it would be over.",
            ),
        ),
    },
    "timing": {
        +1: (
            (
                "We want to be live before {month}.",
                "Our contract with the old supplier ends in {weeks} weeks.",
                "How soon could we start? Next week would suit us.",
                "It has to be in place when the new team begins in {month}.",
                "I would like to have the paperwork this week.",
                "We cannot wait until next year with this.",
                "Could you block a slot for the set-up in {month} already?",
                "If we decide today, are we running in {weeks} weeks?",
            ),
            (
                "The regulator's deadline is in {month}, and it will not move.",
                "We have cleared {month} for the roll-out.",
                "I have promised {person} something to show in {weeks} weeks.",
                "The old system is switched off in {month}, come what may.",
            ),
        ),
        -1: (
            (
                "We would not look at this before next year.",
                "Come back to me in {month}, there is too much going on now.",
                "We signed with somebody for two more years in {month}.",
                "There is no hurry at all on our side.",
                "First the merger, then we can talk about tools.",
                "We have a freeze on new projects until {month}.",
                "I cannot tell you when, it may well be never this year.",
                "Let us talk again in {weeks} weeks, or rather {weeks} months.",
            ),
            (
                "Half of the team is out until {month}, nobody could take it on.",
                "We move offices first, everything else waits.",
                "It slipped behind the migration, and that has just been delayed again.",
                "Ask me again when the dust has settled.",
            ),
        ),
    },
    "competitor": {
        +1: (
            (
                "We looked at {rival} as well and it fell short for us.",
                "{Rival} never called us back, so they are out.",
                "Compared with {rival} yours is the one the team wants.",
                "We are leaving {rival}, the support has been poor.",
                "You are the only one left on our list.",
            ),
            (
                "{Rival} raised the price by a third, that settled it.",
                "The reference you gave us convinced {person}, {rival} had none.",
            ),
        ),
        -1: (
            (
                "{Rival} has offered us the same for less.",
                "We have used {rival} for years and know our way around it.",
                "Honestly, the team leans towards {rival}.",
                "{Rival} already has a pilot running with us.",
                "Our parent company uses {rival}, so that is the natural choice.",
            ),
            (
                "{Rival} is throwing in the first year for free.",
                "{Person} used to work at {rival}, which does not make it easier for you.",
            ),
        ),
    },
}

REP_SAYS: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {
    +1: (
        (
            "Before I show anything: what would have to change for you by {month}?",
            "So what I hear is that {task} costs you time and trust. Did I get that right?",
            "Who besides you would notice first if {task} worked?",
            "Shall we write down three things a pilot would have to prove, and by when?",
            "Let me send you a summary tonight, and we meet {person} on Thursday at ten. Does that work?",
            "What happens if you leave everything as it is?",
        ),
        (
            "What would make you say in {month} that this was worth it?",
            "I would rather tell you now what we cannot do, so that there are no surprises.",
        ),
    ),
    -1: (
        (
            "Let me just go through all of our features first, there are quite a few.",
            "I am sure you will love it, everybody does.",
            "I did not have the time to look at your company, sorry, what do you do again?",
            "We can talk about your questions at the end, let me go on with the slides.",
            "I do not know, somebody would have to check that.",
            "Well, just think about it and call us whenever you like.",
        ),
        (
            "As I said, it is all on our website.",
            "I have another call right after this one, so let me be quick.",
        ),
    ),
}
