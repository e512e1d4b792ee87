-- A refund may be under way, and may fail after it succeeded. SQLite cannot change a check, so both tables are written anew.

create table refund_that_goes_on (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  attempt_id text not null,
  created_at integer not null,
  updated_at integer not null,
  state text not null check (state in ('pending', 'requires_action', 'succeeded', 'rejected', 'failed', 'canceled')),
  kind text not null check (kind in ('refund', 'release')),
  channel text not null check (channel in ('executed', 'reported')),
  instrument text not null check (instrument in ('card', 'cash', 'external', 'transfer')),
  currency text not null check (length(currency) = 3),
  amount integer not null check (amount > 0),
  fee_returned integer not null check (fee_returned >= 0),
  reference text,
  entry_id text,
  notes text not null,
  due integer,
  failure text check (failure is null or state = 'failed'),
  failure_entry_id text,
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id),
  constraint success_is_written check (kind = 'release' or state <> 'succeeded' or entry_id is not null),
  constraint failure_is_written check ((failure_entry_id is not null) = (state = 'failed' and entry_id is not null))
) strict, without rowid;

insert into refund_that_goes_on (
  merchant, id, payment_id, attempt_id, created_at, updated_at, state, kind, channel, instrument, currency, amount, fee_returned, reference, entry_id, notes
) select merchant, id, payment_id, attempt_id, created_at, updated_at, state, kind, channel, instrument, currency, amount, fee_returned, reference, entry_id, notes
from refund;

drop table refund;
alter table refund_that_goes_on rename to refund;

create index refund_by_change on refund (merchant, updated_at, id);
create index refund_unsettled on refund (merchant, id) where state <> 'succeeded';
create index refund_without_card on refund (merchant, id) where instrument <> 'card';
create unique index refund_reported_once on refund (merchant, reference)
  where channel = 'reported' and reference is not null;
-- Only of those that go on: an ordinary refund is in no index for it.
create index refund_due on refund (due) where due is not null;

create trigger refund_steps before update on refund when not (
  old.state = new.state
  or (old.state = 'pending' and new.state in ('requires_action', 'succeeded', 'rejected', 'failed', 'canceled'))
  or (old.state = 'requires_action' and new.state in ('pending', 'succeeded', 'failed', 'canceled'))
  or (old.state = 'succeeded' and new.state = 'failed')
) begin
  select raise(abort, 'a refund goes from state to state as the state graph says');
end;
create trigger refund_is_of_its_payment before update of merchant, id, payment_id, attempt_id, amount, currency, fee_returned on refund
when (old.merchant, old.id, old.payment_id, old.attempt_id, old.amount, old.currency, old.fee_returned)
  is not (new.merchant, new.id, new.payment_id, new.attempt_id, new.amount, new.currency, new.fee_returned) begin
  select raise(abort, 'what a refund gives back, and of what, is never changed');
end;

drop view posting;

create table journal_entry_with_failures (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  number integer not null check (number >= 1),
  kind text not null check (kind in ('capture', 'refund', 'refund_failure')),
  refund_id text check ((kind = 'capture') = (refund_id is null)),
  created_at integer not null,
  currency text not null check (length(currency) = 3),
  postings text not null check (json_array_length(postings) > 0),
  hash text not null check (length(hash) = 64),
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

insert into journal_entry_with_failures (merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash)
select merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash from journal_entry;

drop table journal_entry;
alter table journal_entry_with_failures rename to journal_entry;

create trigger journal_entry_stays before update on journal_entry begin
  select raise(abort, 'an entry of the journal is never changed');
end;
create trigger journal_entry_is_kept before delete on journal_entry begin
  select raise(abort, 'an entry of the journal is never taken away');
end;

-- For people with a SQL shell: one row for each posting.
create view posting as
  select e.merchant, e.payment_id, e.id as entry_id, p.key + 1 as line, e.kind, e.currency,
    p.value ->> 0 as debit, p.value ->> 1 as credit, p.value ->> 2 as amount
  from journal_entry e, json_each(e.postings) p;
