-- A dispute is an object of its own, and what a bank takes back is written. A payment that was charged back before has the word for it, no
-- dispute and no entry: it bars refunds as it did.

alter table payment add column disputed integer not null default 0
  constraint never_beyond_captured_with_disputes check (disputed >= 0 and refunded + pending + disputed <= captured)
  constraint charged_back_is_disputed check (disputed = 0 or dispute = 'chargeback');
alter table payment add column dispute_id text
  constraint charged_back_is_named check (disputed = 0 or dispute_id is not null);

create table dispute (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  attempt_id text not null,
  created_at integer not null,
  updated_at integer not null,
  state text not null check (state in ('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost')),
  reason text not null check (reason in ('fraudulent', 'product_not_received', 'general')),
  network_reason text,
  currency text not null check (length(currency) = 3),
  amount integer not null check (amount > 0),
  fee integer not null check (fee >= 0),
  respond_by integer not null,
  submissions integer not null check (submissions >= 0),
  due integer,
  entry_id text,
  reversal_entry_id text,
  evidence text not null,
  notes text not null,
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id),
  constraint withdrawal_is_written check ((entry_id is not null) = (state in ('needs_response', 'under_review', 'won', 'lost'))),
  constraint reversal_is_written check ((reversal_entry_id is not null) = (state = 'won')),
  constraint fee_is_of_a_withdrawal check (fee = 0 or entry_id is not null)
) strict;

create unique index dispute_of_payment on dispute (merchant, payment_id);
create index dispute_due on dispute (due) where due is not null;

-- A batch saves what a dispute has come to by its end, perhaps by several steps of the state graph.
create trigger dispute_steps before update on dispute when not (
  old.state = new.state
  or (old.state = 'warning_needs_response' and new.state <> 'warning_needs_response')
  or (old.state = 'warning_under_review' and new.state in ('warning_closed', 'needs_response', 'under_review', 'won', 'lost'))
  or (old.state = 'needs_response' and new.state in ('under_review', 'won', 'lost'))
  or (old.state = 'under_review' and new.state in ('won', 'lost'))
) begin
  select raise(abort, 'a dispute goes from state to state as the state graph says');
end;
create trigger dispute_is_of_its_payment before update on dispute
when (old.merchant, old.id, old.payment_id, old.attempt_id, old.currency, old.reason)
  is not (new.merchant, new.id, new.payment_id, new.attempt_id, new.currency, new.reason)
  or (old.entry_id is not null and (old.amount, old.fee, old.entry_id) is not (new.amount, new.fee, new.entry_id)) begin
  select raise(abort, 'what a dispute is about, and what was taken, is never changed');
end;

-- SQLite cannot change a check, so the journal is written anew.
drop view posting;

create table journal_entry_with_disputes (
  merchant text not null,
  id text not null check (length(id) = 24),
  payment_id text not null,
  number integer not null check (number >= 1),
  kind text not null check (kind in ('capture', 'refund', 'refund_failure', 'chargeback', 'chargeback_reversal')),
  refund_id text check ((kind in ('refund', 'refund_failure')) = (refund_id is not null)),
  created_at integer not null,
  currency text not null check (length(currency) = 3),
  postings text not null check (json_array_length(postings) > 0),
  hash text not null check (length(hash) = 64),
  primary key (merchant, id),
  foreign key (merchant, payment_id) references payment (merchant, id)
) strict, without rowid;

insert into journal_entry_with_disputes (merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash)
select merchant, id, payment_id, number, kind, refund_id, created_at, currency, postings, hash from journal_entry;

drop table journal_entry;
alter table journal_entry_with_disputes rename to journal_entry;

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
