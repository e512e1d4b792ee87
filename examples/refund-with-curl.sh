#!/usr/bin/env bash
# Report a payment that was made elsewhere, and its refund: with nothing but curl.
# Start Refundry first (npm start), then: bash examples/refund-with-curl.sh
set -euo pipefail
URL=${REFUNDRY_URL:-http://127.0.0.1:4242}
KEY=${REFUNDRY_KEY:-sk_test_refundry}

record=$(curl -sS "$URL/v1/payment_records/report_payment" -u "$KEY:" \
  -d "amount_requested[currency]=usd" -d "amount_requested[value]=1000" \
  -d initiated_at=1730211360 -d outcome=guaranteed -d "guaranteed[guaranteed_at]=1730211363" \
  -d "payment_method_details[type]=custom" -d "payment_method_details[custom][display_name]=newpay")
id=$(printf '%s' "$record" | sed -n 's/^  "id": "\(.*\)",$/\1/p')

# The reference makes the call safe to repeat: the same one, sent again, changes nothing and answers the same.
for _ in first again; do
  curl -sS "$URL/v1/payment_records/$id/report_refund" -u "$KEY:" \
    -d "processor_details[type]=custom" -d "processor_details[custom][refund_reference]=refund_$id" \
    -d outcome=refunded -d "refunded[refunded_at]=1730253453" \
    -d "amount[currency]=usd" -d "amount[value]=400" | grep -A 3 amount_refunded
done
