"""The turns of a sales call that say nothing about its outcome."""

OPENINGS = (
    ("Good morning, thanks for taking the time today.", "Good morning, happy to."),
    ("Hello, can you hear me well?", "Yes, loud and clear."),
    ("Hi, this is {rep} from Northlight, is now still a good time?", "Yes, go ahead, I have the half hour."),
    ("Thanks for joining. How has your week been?", "Busy, but fine, thank you. And yours?"),
)

EXCHANGES = (
    ("How many people work with the system today?", "About {count}, across {places} offices."),
    ("Which tools do you use around it?", "Mostly {tool}, and a few things that have grown over time."),
    (
        "Could you walk me through a normal day?",
        "We start with the open cases, then the calls, and the reports come last.",
    ),
    ("Let me share my screen. Do you see the overview?", "Yes, I can see it now."),
    ("Here you see all the cases of one customer in one place.", "Okay. And can I filter by region?"),
    ("You can, by region, by product and by person.", "Good to know."),
    ("Is there anything in particular you would like to see?", "Maybe the export, we talk to {tool} quite a lot."),
    ("The export runs every night or whenever you press the button.", "All right."),
    ("How do you handle permissions today?", "By team, more or less. Managers see a bit more."),
    ("We keep the data in your own data centre if you want.", "Our security people will ask about that, yes."),
    ("Do you have a works council or a security review to go through?", "There is a form, it is not too long."),
    ("The price depends on the number of seats.", "Understood. Is there a price list?"),
    ("I will put the price list into the chat.", "Thank you, I have it."),
    ("What does your budget year look like, if I may ask?", "It runs with the calendar year, like most."),
    ("Who usually takes part in decisions like this?", "It depends on the size of it, as everywhere."),
    ("Have you looked at other suppliers?", "One always looks around a bit."),
    ("When did you last change a system like this?", "That must be {places} years ago, before my time."),
    ("Does that answer your question?", "It does, thanks."),
    ("There is a mobile version as well.", "Some of our people in the field may like that."),
    ("Training takes about half a day for a team.", "And is there documentation, too?"),
    ("There is, in five languages, and a help desk.", "Which hours does the help desk cover?"),
    ("From seven to seven on working days.", "Fine."),
    ("How did you hear about us?", "A colleague mentioned you at a fair, I believe."),
    ("Shall I go a bit slower?", "No, no, I am just taking notes."),
    ("The reports can be scheduled for {month} or any other month.", "Does that include the archive?"),
    ("The archive is included for ten years.", "Okay, that is what we need to keep by law."),
    ("Is {tool} something you want to keep?", "For now, yes, everybody knows it."),
    ("We can connect {tool} within a day.", "I would have to ask how it is set up here."),
    ("I can see {count} open cases in the example, is that about your size?", "Roughly, a little less perhaps."),
    ("The contract can run monthly or yearly.", "And the terms are the same in both?"),
    ("They are, only the discount differs.", "I see."),
    ("Does your team work from home as well?", "Two days a week, most of them."),
)

ACKNOWLEDGEMENTS = (
    "I see.",
    "Right.",
    "Okay, got it.",
    "Understood.",
    "Thanks for telling me.",
    "That helps, thank you.",
)
PROMPTS = {
    "need": "What made you look at this now?",
    "authority": "How does a decision like this come about on your side?",
    "budget": "Have you thought about what this may cost?",
    "timing": "Is there a date you have in mind?",
    "competitor": "What else are you looking at?",
}
CLOSINGS = (
    ("Thank you for your time, I will send you the notes.", "Thank you, goodbye."),
    ("I will write to you with the material we talked about.", "Please do. Bye for now."),
    ("That was all from my side for today.", "From mine as well. Have a good day."),
)

SLOTS = {
    "task": (
        "reporting",
        "quoting",
        "onboarding",
        "planning",
        "invoicing",
        "the hand-over between teams",
        "forecasting",
    ),
    "person": ("Dana", "Mr. Olsen", "our finance lead", "Priya", "the operations head", "Ms. Ferrara", "Tom"),
    "rival": ("Corvex", "Bluepeak", "Datahaus", "Meridian Cloud", "Quillsoft"),
    "tool": ("the ERP", "the ticket system", "our intranet", "the old database", "the phone system"),
    "month": ("January", "March", "April", "June", "September", "October", "December"),
    "amount": ("8,000 dollars", "15,000 dollars", "20,000 euros", "40,000 dollars", "60,000 euros", "90,000 dollars"),
    "hours": ("four", "six", "ten", "twelve", "fifteen"),
    "weeks": ("three", "four", "six", "eight"),
    "count": ("twelve", "thirty", "forty-five", "eighty", "two hundred"),
    "places": ("two", "three", "four", "five"),
}
