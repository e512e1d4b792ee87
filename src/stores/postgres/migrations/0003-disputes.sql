-- needs 0003
-- A dispute is an object of its own, and what a bank takes back is written. A payment that was charged back before has the word for it, no
-- dispute and no entry: it bars refunds as it did. A server that does not know the new kinds of rows cannot read them: stop it first.

alter table payment
  add column disputed bigint not null default 0,
  add column dispute_id text collate "C",
  add constraint never_beyond_captured_with_disputes check (disputed >= 0 and refunded + pending + disputed <= captured) not valid,
  add constraint charged_back_is_disputed check (disputed = 0 or (dispute = 'chargeback' and dispute_id is not null)) not valid;

create table dispute (
  merchant text collate "C" not null,
  id text collate "C" not null check (length(id) = 24),
  payment_id text collate "C" not null,
  attempt_id text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  state text collate "C" not null check (state in ('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost')),
  reason text collate "C" not null check (reason in ('fraudulent', 'product_not_received', 'general')),
  network_reason text collate "C",
  currency text collate "C" not null check (length(currency) = 3),
  amount bigint not null check (amount > 0),
  fee bigint not null check (fee >= 0),
  respond_by bigint not null,
  submissions bigint not null check (submissions >= 0),
  due bigint,
  entry_id text collate "C",
  reversal_entry_id text collate "C",
  evidence text collate "C" not null,
  notes text collate "C" not null,
  primary key (merchant, id),
  constraint withdrawal_is_written check ((entry_id is not null) = (state in ('needs_response', 'under_review', 'won', 'lost'))),
  constraint reversal_is_written check ((reversal_entry_id is not null) = (state = 'won')),
  constraint fee_is_of_a_withdrawal check (fee = 0 or entry_id is not null)
);

create unique index dispute_of_payment on dispute (merchant, payment_id);
create index dispute_due on dispute (due) where due is not null;

-- A batch saves what a dispute has come to by its end, perhaps by several steps of the state graph.
create function refuse_dispute_step() returns trigger language plpgsql as $$
begin
  if not (
    old.state = new.state
    or (old.state = 'warning_needs_response' and new.state <> 'warning_needs_response')
    or (old.state = 'warning_under_review' and new.state in ('warning_closed', 'needs_response', 'under_review', 'won', 'lost'))
    or (old.state = 'needs_response' and new.state in ('under_review', 'won', 'lost'))
    or (old.state = 'under_review' and new.state in ('won', 'lost'))
  ) then
    raise exception using errcode = 'restrict_violation', message = format('a dispute goes from state to state as the state graph says, and never from %s to %s', old.state, new.state);
  end if;
  if (old.merchant, old.id, old.payment_id, old.attempt_id, old.currency, old.reason)
    is distinct from (new.merchant, new.id, new.payment_id, new.attempt_id, new.currency, new.reason)
    or (old.entry_id is not null and (old.amount, old.fee, old.entry_id) is distinct from (new.amount, new.fee, new.entry_id))
  then
    raise exception using errcode = 'restrict_violation', message = 'what a dispute is about, and what was taken, is never changed';
  end if;
  return new;
end
$$;
create trigger dispute_steps before update on dispute for each row execute function refuse_dispute_step();

alter table journal_entry
  drop constraint journal_entry_kind_check,
  drop constraint journal_entry_check,
  add constraint journal_entry_kind_check check (kind in ('capture', 'refund', 'refund_failure', 'chargeback', 'chargeback_reversal')) not valid,
  add constraint journal_entry_check check ((kind in ('refund', 'refund_failure')) = (refund_id is not null)) not valid;
