-- The book. The merchant leads every key, so that two merchants' rows can never meet and may be placed apart.
-- The checks say again what the kernel promises: even a fault in our own code cannot refund beyond what was captured.

create table payment (
  merchant text not null,
  id text not null check (length(id) = 24),
  created_at integer not null,
  updated_at integer not null,
  version integer not null check (version >= 1),
  state text not null check (state in ('open', 'initiated', 'authorized', 'captured', 'canceled', 'failed')),
  origin text not null check (origin in ('processed', 'recorded')),
  intent integer not null check (intent in (0, 1)),
  currency text not null check (length(currency) = 3),
  requested integer not null check (requested > 0),
  authorized integer not null check (authorized <= requested),
  captured integer not null check (captured <= authorized),
  refunded integer not null check (refunded >= 0),
  pending integer not null check (pending >= 0),
  fee_taken integer not null,
  fee_returned integer not null check (fee_returned >= 0 and fee_returned <= fee_taken),
  dispute text not null check (dispute in ('none', 'inquiry', 'chargeback')),
  attempts integer not null check (attempts >= 0),
  refunds integer not null check (refunds >= 0),
  entries integer not null check (entries >= 0),
  journal_head text not null,
  latest_attempt text,
  capture_entry text,
  captured_at integer,
  reference text,
  notes text not null,
  primary key (merchant, id),
  constraint never_beyond_captured check (refunded + pending <= captured),
  constraint captured_is_money check ((state = 'captured') = (captured > 0))
) strict;

create index payment_intents on payment (merchant, id) where intent = 1;

create table attempt (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  created_at integer not null,
  updated_at integer not null,
  state text not null check (state in ('initiated', 'authorized', 'captured', 'canceled', 'failed')),
  processed integer not null check (processed in (0, 1)),
  instrument text not null,
  decline text,
  notes text not null,
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict;

create index attempt_of_payment on attempt (merchant, payment_id, id);
create index attempt_processed on attempt (merchant, id) where processed = 1;
create unique index attempt_captured_once on attempt (merchant, payment_id) where state = 'captured';

create table refund (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  attempt_id text not null,
  created_at integer not null,
  updated_at integer not null,
  state text not null check (state in ('pending', 'requires_action', 'succeeded', 'rejected', 'failed', 'canceled')),
  kind text not null check (kind in ('refund', 'release')),
  channel text not null check (channel in ('executed', 'reported')),
  instrument text not null check (instrument in ('card', 'cash', 'external')),
  currency text not null check (length(currency) = 3),
  amount integer not null check (amount > 0),
  fee_returned integer not null check (fee_returned >= 0),
  reference text,
  entry_id text,
  notes text not null,
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id),
  constraint success_is_written check (kind = 'release' or state <> 'succeeded' or entry_id is not null)
) strict, without rowid;

create index refund_by_change on refund (merchant, updated_at, id);
create index refund_unsettled on refund (merchant, id) where state <> 'succeeded';
create index refund_without_card on refund (merchant, id) where instrument <> 'card';
create unique index refund_reported_once on refund (merchant, reference)
  where channel = 'reported' and reference is not null;

-- Postings as [[debit, credit, amount], ...]: they are read and written with their entry, and never alone.
create table journal_entry (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  number integer not null check (number >= 1),
  kind text not null check (kind in ('capture', 'refund')),
  refund_id text check ((kind = 'refund') = (refund_id is not null)),
  created_at integer not null,
  currency text not null check (length(currency) = 3),
  postings text not null check (json_array_length(postings) > 0),
  hash text not null check (length(hash) = 64),
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

-- For people with a SQL shell: one row for each posting.
create view posting as
  select e.merchant, e.payment_id, e.id as entry_id, p.key + 1 as line, e.kind, e.currency,
    p.value ->> 0 as debit, p.value ->> 1 as credit, p.value ->> 2 as amount
  from journal_entry e, json_each(e.postings) p;

create table event (
  merchant text not null,
  id text not null check (length(id) = 24),
  kind text not null,
  payment_id text not null,
  version integer not null check (version >= 1),
  attempt_id text,
  refund_id text,
  created_at integer not null,
  snapshot text not null,
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

-- The one index by payment: a refund, its entry and its event share their id, so it leads to all three. Every other write of a
-- refund goes to the end of its table, and only this one and the payment's own row lie anywhere in the book.
create index event_of_payment on event (merchant, payment_id, id);

create table stored_reply (
  merchant text not null,
  scope text not null,
  key text not null,
  path text not null,
  fingerprint text not null,
  status integer not null,
  body text not null,
  request_id text not null,
  created_at integer not null,
  hash text not null check (length(hash) = 64),
  primary key (merchant, scope, key)
) strict;

create table api_key (
  key_hash text not null primary key check (length(key_hash) = 64),
  merchant text not null,
  created_at integer not null
) strict, without rowid;

create trigger journal_entry_stays before update on journal_entry begin
  select raise(abort, 'an entry of the journal is never changed');
end;
create trigger journal_entry_is_kept before delete on journal_entry begin
  select raise(abort, 'an entry of the journal is never taken away');
end;
create trigger event_stays before update on event begin
  select raise(abort, 'an event is never changed');
end;
create trigger event_is_kept before delete on event begin
  select raise(abort, 'an event is never taken away');
end;
