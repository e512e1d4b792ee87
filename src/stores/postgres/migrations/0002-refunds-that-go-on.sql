-- needs 0002
-- A refund may be under way, and may fail after it succeeded. A server that does not know the new kinds of rows cannot read them: stop it first.

alter table refund
  add column due bigint,
  add column failure text collate "C",
  add column failure_entry_id text collate "C",
  drop constraint refund_instrument_check,
  add constraint refund_instrument_check check (instrument in ('card', 'cash', 'external', 'transfer')) not valid,
  add constraint failure_is_of_the_failed check (failure is null or state = 'failed') not valid,
  add constraint failure_is_written check ((failure_entry_id is not null) = (state = 'failed' and entry_id is not null)) not valid;

-- Only of those that go on: an ordinary refund is in no index for it.
create index refund_due on refund (due) where due is not null;

create function refuse_step() returns trigger language plpgsql as $$
begin
  if not (
    old.state = new.state
    or (old.state = 'pending' and new.state in ('requires_action', 'succeeded', 'rejected', 'failed', 'canceled'))
    or (old.state = 'requires_action' and new.state in ('pending', 'succeeded', 'failed', 'canceled'))
    or (old.state = 'succeeded' and new.state = 'failed')
  ) then
    raise exception using errcode = 'restrict_violation', message = format('a refund goes from state to state as the state graph says, and never from %s to %s', old.state, new.state);
  end if;
  if (old.merchant, old.id, old.payment_id, old.attempt_id, old.amount, old.currency, old.fee_returned)
    is distinct from (new.merchant, new.id, new.payment_id, new.attempt_id, new.amount, new.currency, new.fee_returned)
  then
    raise exception using errcode = 'restrict_violation', message = 'what a refund gives back, and of what, is never changed';
  end if;
  return new;
end
$$;
create trigger refund_steps before update on refund for each row execute function refuse_step();

alter table journal_entry
  drop constraint journal_entry_kind_check,
  drop constraint journal_entry_check,
  add constraint journal_entry_kind_check check (kind in ('capture', 'refund', 'refund_failure')) not valid,
  add constraint journal_entry_check check ((kind = 'capture') = (refund_id is null)) not valid;
