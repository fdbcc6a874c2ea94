"""Tables, each with the sentence that justifies it. SQLAlchemy Core; migrations/ makes them (Alembic).

Times are integers, UTC milliseconds since 1970: they sort, compare and index alike on SQLite and PostgreSQL. Digests
are keyed (``Settings.lookup_key``): the table alone gives no way to guess an address. Sealed columns hold what
``webapp.confidential`` returns, bound to their row and column.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds since 1970 of an aware datetime, as the tables keep it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> datetime:
    """The aware datetime, in UTC, that a table's integer stands for."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NOT_EMPTIED = text("emptied_at IS NULL")

ticket = Table(
    "ticket",
    metadata,
    # A customer's request. The idempotency key of its form is unique: a second click finds the first ticket.
    Column("id", String(32), primary_key=True),
    Column("reference", String(16), nullable=False, unique=True),
    Column("form_key", String(64), nullable=False, unique=True),
    Column("body_digest", String(64), nullable=False),
    Column("nature", String(16), nullable=False),
    Column("theme", String(40), nullable=False),
    Column("language", String(5), nullable=False),
    Column("surface", String(10), nullable=False),
    Column("partner", String(40), nullable=False, server_default=""),
    # Articles seen before writing, and how (tickets/trail.py): ids, no words; kept and deleted with the ticket.
    Column("trail", String(1000), nullable=False, server_default=""),
    Column("state", String(12), nullable=False),  # tickets/states.py
    Column("state_at", BigInteger, nullable=False, server_default="0"),  # since when it is in that state
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("sealed_person", LargeBinary, nullable=False),  # name, e-mail, telephone, fields of the nature, as JSON
    # Finds a person's tickets by address (keyed digest), for the right of access and of erasure; "" when emptied.
    Column("person_digest", String(64), nullable=False, server_default="", index=True),
    Column("letters", String(40), nullable=False, server_default=""),  # where letters to the customer leave from
    # The customer's link (confidential/link.py). Its secret is in no column but sealed to the worker's key.
    Column("link_hash", String(64), unique=True),  # finds the ticket; NULL: no link opens it
    Column("link_public", LargeBinary),  # what the customer may read is sealed to this public key too
    Column("sealed_link", LargeBinary),  # the secret, for letters
    Column("link_answers", LargeBinary),  # fields of the nature, closed to the link
    Column("link_by", String(60), nullable=False, server_default=""),  # key of the letter that replaced the link
    Column("code_lock", LargeBinary),  # the link's secret under the code of a letter, until `code_until`
    Column("code_until", BigInteger),
    Column("emptied_at", BigInteger),  # when the sealed columns were emptied (tickets/retention.py)
    # Finds what is left to empty without walking through a year of emptied tickets. It is as partial on PostgreSQL
    # (migration 0002), which is not named here: its dialect takes a megabyte of every process that does without it.
    Index("ix_ticket_not_emptied", "created_at", sqlite_where=_NOT_EMPTIED),
)

message = Table(
    "message",
    metadata,
    # One turn in a ticket; apart from the ticket because a conversation has many and each is purged on its own.
    Column("id", String(32), primary_key=True),
    Column("ticket_id", String(32), ForeignKey("ticket.id"), nullable=False, index=True),
    Column("author", String(10), nullable=False),  # customer | bank | guichet (what the helpdesk is told, not shown)
    Column("created_at", BigInteger, nullable=False),
    Column("sealed_body", LargeBinary, nullable=False),
    Column("link_key", LargeBinary),  # its data key, closed to the customer's link
    Column("origin", String(80)),  # what makes it one message however often it comes: id at the helpdesk, or form key
    Index("ix_message_origin", "ticket_id", "origin", unique=True),
)

milestone = Table(
    "milestone",
    metadata,
    # A dated change of a ticket's state: the customer's record, and the time that a case takes, without a word of it.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket_id", String(32), ForeignKey("ticket.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("by", String(10), nullable=False),  # customer | bank
    Column("at", BigInteger, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    # A file that came with a message. The bytes are a sealed file on the disk, under this id; this row holds its key,
    # so that deleting the row is enough to make the file unreadable, and rotating keys touches no file.
    Column("id", String(32), primary_key=True),
    Column("ticket_id", String(32), ForeignKey("ticket.id"), nullable=False, index=True),
    Column("message_id", String(32), ForeignKey("message.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),  # bytes in clear
    # clean | unscanned (the antivirus was away) | off (none configured) | refused (a file of the bank's that was not
    # taken, of size 0, or one that the antivirus refused later: there are no bytes, and the customer is told its name)
    Column("scan", String(10), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("sealed_about", LargeBinary, nullable=False),  # name, key of the file, as JSON (tickets/attachments.py)
    Column("link_key", LargeBinary),  # the data key of sealed_about, closed to the customer's link
)

delivery = Table(
    "delivery",
    metadata,
    # One sending owed to one destination: the outbox, written with the ticket, so that nothing leaves without a
    # ticket and no ticket is left behind. `key` makes a repeated sending recognisable at the destination.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(60), nullable=False, unique=True),  # tickets/owing.py says how it is made
    Column("ticket_id", String(32), ForeignKey("ticket.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # request | message | acknowledgement | notice | link
    Column("destination", String(40), nullable=False),
    Column("state", String(10), nullable=False),  # due | delivered | failed (the dead letter) | abandoned
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", BigInteger, nullable=False),
    Column("leased_by", String(40), nullable=False, server_default=""),  # whose sending it is until due_at
    Column("delivered_at", BigInteger),
    Column("reason", String(80), nullable=False, server_default=""),  # why the last attempt failed: a code, no content
    Column("message_id", String(32)),  # the message that it carries, when that is not the ticket's first
    Column("external_id", String(80), nullable=False, server_default=""),  # what the other side calls the ticket
    Index(None, "state", "due_at"),
)

delivery_case = Table(
    "delivery_case",
    metadata,
    # What a helpdesk calls a ticket that it took: further messages go there, and its answers find their ticket.
    Column("ticket_id", String(32), ForeignKey("ticket.id"), primary_key=True),
    Column("destination", String(40), primary_key=True),
    Column("external_id", String(80), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, server_default=""),  # the last one told by the helpdesk, in our words
    Column("cursor", String(200), nullable=False, server_default=""),  # how far its answers to this ticket were read
    Column("checked_at", BigInteger),
    Column("due_at", BigInteger),  # when to look at this case again; NULL: nobody asks case by case
    Column("quiet", Integer, nullable=False, server_default="0"),  # looks in a row that found nothing new
    Index(None, "destination", "external_id"),
    Index(None, "destination", "due_at"),
)

delivery_mark = Table(
    "delivery_mark",
    metadata,
    # How far the news of one destination were read, and when to ask again: one asker at a time, whatever the hosts.
    Column("destination", String(40), primary_key=True),
    Column("cursor", String(200), nullable=False, server_default=""),
    Column("due_at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)

purge_proof = Table(
    "purge_proof",
    metadata,
    # That something was deleted: what, how many, when. Written in the transaction that deletes; no content, no person.
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("what", String(20), nullable=False),  # emptied | deleted | erased (asked for by a person) | a table's name
    Column("number", Integer, nullable=False),
)

allowance = Table(
    "allowance",
    metadata,
    # How often a network prefix, an e-mail address or everybody has written this hour; kept here because several
    # processes and hosts share the limit.
    Column("bucket", String(64), primary_key=True),  # keyed digest of the limit's name and subject
    Column("window_start", BigInteger, primary_key=True, autoincrement=False),
    Column("used", Integer, nullable=False),
)

opinion = Table(
    "opinion",
    metadata,
    # "Was this useful?", counted per article text, reason and surface: no person, no moment finer than the month.
    Column("article", String(80), primary_key=True),
    Column("language", String(5), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("answer", String(20), primary_key=True),  # useful | unclear | incomplete | wrong | person
    Column("surface", String(10), primary_key=True, server_default="hub"),  # hub | widget | tab
    Column("partner", String(40), primary_key=True, server_default=""),  # whose widget
    Column("count", Integer, nullable=False),
)

opinion_given = Table(
    "opinion_given",
    metadata,
    # Stops one visitor from counting twice. The digest is keyed with a random value of the day that is thrown away
    # with the rows the next day: no address is stored and none can be found again.
    Column("day", String(10), primary_key=True),
    Column("digest", String(64), primary_key=True),
)

day_key = Table(
    "day_key",
    metadata,
    # The random value of the day for `opinion_given`; yesterday's are deleted.
    Column("day", String(10), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
