package demo

// Text that looks like what people work on.
var (
	topics = []string{
		"Why cache invalidation is hard", "A field guide to leap seconds", "Postmortem of the autumn outage", "Rivers that run backwards",
		"How bread rises", "Ten years of small services", "What a lease is for", "Naming things", "The night train to Lisbon",
		"Measuring before guessing", "Gardens on rooftops", "Notes on slow software", "The cost of a retry", "Clocks that disagree",
	}
	titles = []string{
		"harbour-at-dawn.mov", "keynote-2026.mp4", "interview-with-a-baker.mov", "drone-over-dunes.mp4", "workshop-part-3.mov",
		"night-market.mp4", "how-to-tie-a-bowline.mov", "orchestra-rehearsal.mp4",
	}
	services = []string{
		"checkout 4.18.0", "search 2.3.1", "ledger 11.0.2", "accounts 7.9.4", "mailer 3.3.0", "gateway 1.44.1", "pricing 0.9.12",
	}
	models = []string{"m-large", "m-small", "m-code", "m-long", "m-fast"}
	people = []string{"ada", "grace", "edsger", "barbara", "tony", "margaret"}

	prose = []string{
		"The", "first", "thing", "to", "know", "is", "that", "nothing", "here", "waits", "for", "anything", "else", "unless", "it",
		"has", "to.", "A", "lease", "ends", "when", "its", "holder", "goes", "quiet,", "and", "somebody", "takes", "over", "where",
		"the", "record", "stands.", "What", "was", "written", "stays;", "what", "was", "only", "meant", "is", "done", "again.",
		"People", "ask", "how", "long", "that", "takes.", "Mostly", "it", "takes", "less", "time", "than", "the", "question.",
	}
)
