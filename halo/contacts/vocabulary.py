"""The words that columns of contacts hold, each with the sentence that pages and tool schemas show."""

from __future__ import annotations

from halo.ground.words import Word


class RenewalStatus(Word):
    """Where the renewal of a contract stands."""

    UP_FOR_RENEWAL = "up_for_renewal", "The term ends soon."
    IN_PROGRESS = "in_progress", "The renewal is being negotiated."
    LIKELY_TO_RENEW = "likely_to_renew", "They said that they mean to stay."
    EXPANSION_OPPORTUNITY = "expansion_opportunity", "They may buy more at renewal."
    SET_TO_CANCEL = "set_to_cancel", "The subscription ends with the term."
    SET_TO_CANCEL_TRIAL = "set_to_cancel_trial", "The trial ends without a subscription."
    AT_RISK = "at_risk", "Health or silence says that they may leave."
    RENEWED = "renewed", "The current term was renewed."
    LOST = "lost", "They left."


class Term(Word):
    """How long a contract or a payment period lasts."""

    MONTHLY = "monthly", "Every month."
    QUARTERLY = "quarterly", "Every three months."
    ANNUAL = "annual", "Every year."
    BI_ANNUAL = "bi_annual", "Every two years."


class HealthTier(Word):
    """A health score in words."""

    HEALTHY = "healthy", "Score 80 to 100."
    NEUTRAL = "neutral", "Score 60 to 79."
    AT_RISK = "at_risk", "Score 40 to 59."
    CRITICAL = "critical", "Score below 40."
    NOT_SCORED = "not_scored", "No score yet."

    @classmethod
    def of(cls, score: int | None) -> HealthTier:
        """The tier of a score."""
        if score is None:
            return cls.NOT_SCORED
        return (
            cls.HEALTHY if score >= 80 else cls.NEUTRAL if score >= 60 else cls.AT_RISK if score >= 40 else cls.CRITICAL
        )

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Lowest and highest score of the tier; None for `not_scored`."""
        return {"healthy": (80, 100), "neutral": (60, 79), "at_risk": (40, 59), "critical": (0, 39)}.get(self.value)


class LeadStatus(Word):
    """How far a lead has come."""

    NEW = "new", "Captured, nobody has been in touch."
    CONTACTED = "contacted", "Somebody wrote or called."
    QUALIFIED = "qualified", "Fits, and has a need and a budget."
    DEMO_BOOKED = "demo_booked", "A demonstration stands in the calendar."
    CONVERTED = "converted", "Became a customer."
    DISQUALIFIED = "disqualified", "Does not fit."


class TicketStatus(Word):
    """Where a ticket stands."""

    OPEN = "open", "Waits for an answer."
    PRIORITY = "priority", "Waits for an answer, before the others."
    IN_PROGRESS = "in_progress", "A teammate works on it."
    SNOOZED = "snoozed", "Set aside until a date."
    RESOLVED = "resolved", "Done."
    SPAM = "spam", "Not a request."

    @classmethod
    def unresolved(cls) -> tuple[TicketStatus, ...]:
        """The statuses of work that is still to do."""
        return (cls.OPEN, cls.PRIORITY, cls.IN_PROGRESS, cls.SNOOZED)


class TicketPriority(Word):
    """How pressing a ticket is."""

    NORMAL = "normal", "In its turn."
    PRIORITY = "priority", "Before the others."


class Channel(Word):
    """How a ticket or conversation came in."""

    CHAT = "chat", "The chat widget."
    VOICE = "voice", "The widget's voice mode."
    EMAIL = "email", "An e-mail mailbox."
    SLACK = "slack", "A mapped Slack channel."
    API = "api", "The ingestion API."


class MessageKind(Word):
    """What sort of message stands in a ticket's thread."""

    CHAT = "chat", "Written in the chat."
    EMAIL = "email", "Sent as e-mail."
    NOTE = "note", "An internal note that the customer never sees."


class Author(Word):
    """Who wrote a message."""

    END_USER = "end_user", "The customer."
    AI = "ai", "An AI agent."
    TEAMMATE = "teammate", "A person of the team."
    SYSTEM = "system", "Halo itself."


class Side(Word):
    """Whose words of a conversation are quoted."""

    US = "us", "An AI agent or a teammate: what they were told."
    AGENT = "agent", "An AI agent."
    TEAM = "team", "A teammate."
    CUSTOMER = "customer", "The customer."

    @property
    def authors(self) -> tuple[Author, ...]:
        """Who speaks on this side."""
        sides = {
            Side.US: (Author.AI, Author.TEAMMATE),
            Side.AGENT: (Author.AI,),
            Side.TEAM: (Author.TEAMMATE,),
        }
        return sides.get(self, (Author.END_USER,))


class ConversationStatus(Word):
    """Whether a conversation goes on."""

    LIVE = "live", "Going on now."
    COMPLETED = "completed", "Over."


class Mood(Word):
    """The customer's sentiment in a conversation."""

    HAPPY = "happy", "Pleased."
    NEUTRAL = "neutral", "Neither pleased nor displeased."
    CONFUSED = "confused", "Did not follow the answers."
    FRUSTRATED = "frustrated", "Displeased with product or answers."
    ANGRY = "angry", "Strongly displeased."


class Outcome(Word):
    """How a conversation ended."""

    RESOLVED = "resolved", "The AI agent settled it."
    ESCALATED = "escalated", "Handed to the team as a ticket."
    ABANDONED = "abandoned", "The customer left without an answer that helped."


class Rating(Word):
    """A customer's thumb on one message."""

    UP = "up", "Thumbs up."
    DOWN = "down", "Thumbs down."
