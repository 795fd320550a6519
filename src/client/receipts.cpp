#include "client/receipts.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/consent_views.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "crypto/digest.h"
#include "ledger/block.h"
#include "modules/identity/people.h"

namespace galen::client {

namespace {

std::string limit_text(const ledger::DataLimit& limit) {
  return std::string(name(limit.meaning)) + ":" + to_hex(limit.id);
}

void add_terms(const ledger::GrantTerms& terms, ReceiptView& view) {
  if (terms.data_from) view.data_from = date_text(*terms.data_from);
  if (terms.data_to) view.data_to = date_text(*terms.data_to);
  for (const ledger::DataLimit& limit : terms.data) view.limits.push_back(limit_text(limit));
  view.forbids_emergency = terms.emergency_override == ledger::EmergencyOverride::kForbid;
  view.policy = to_hex(terms.policy);
  if (!terms.terms_commitment.is_zero()) view.terms_commitment = to_hex(terms.terms_commitment);
  for (const GrantId& older : terms.supersedes) view.supersedes.push_back(to_hex(older));
}

/// Of the moment of the receipt: the ledger does not remember who had the keys when it was given.
void add_keys(const identity::PatientEntry& holder, ReceiptView& view) {
  view.keys_held_by = name(holder.held_by);
  view.keys_passed_hands = holder.passed_hands;
}

/// As whoever asks may see it.
Result<ProvenKey> prove_asked(Session& session,
                              const ReceiptQuery& query,
                              const ledger::StateKey& key) {
  const PersonQuery person{query.patient, query.as, query.key_file};
  GALEN_TRY(const OwnRequest own,
            own_request(session, person, ledger::OwnQuery::kProofs, key.encode()));
  return prove_state(session, key, own);
}

void add_proof(const ProvenKey& proven, ReceiptView& view) {
  const ledger::BlockHeader& header = proven.proof.header;
  view.chain = to_hex(header.chain);
  view.proven_height = header.height.value;
  view.proven_ms = header.time.value;
  view.proven_block = to_hex(ledger::block_hash(header));
  view.proof_hash = to_hex(crypto::sha256(proven.bytes));
  view.proof = proven.bytes;
}

}  // namespace

Result<ReceiptView> make_receipt(Session& session, const ReceiptQuery& query) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(query.patient, "--patient"));
  GALEN_TRY(const auto grant, parse_id<GrantId>(query.grant, "grant id"));
  GALEN_TRY(const auto proven,
            prove_asked(session, query, consent::GrantEntry::key(patient, grant)));
  if (!proven.state.present) return fail(ErrorCode::kNotFound, "no such grant");
  GALEN_TRY(const auto registered,
            prove_asked(session, query, identity::PatientEntry::key(patient)));
  if (!registered.state.present) return fail(ErrorCode::kNotFound, "no such patient");
  GALEN_TRY(const auto holder, identity::PatientEntry::decode(registered.state.value));
  GALEN_TRY(const auto entry, consent::GrantEntry::decode(proven.state.value));
  ReceiptView view;
  view.grant = to_view(session, grant, entry, session.now());
  view.patient = query.patient;
  view.custodian = session.organisation_name(holder.custodian);
  view.given_by = name(entry.grantor.role);
  view.brought_by = session.organisation_name(entry.submitter);
  view.given_ms = entry.created.value;
  view.given_height = entry.height.value;
  view.proof_key = "grant:" + query.patient + ":" + query.grant;
  add_terms(entry.terms, view);
  add_keys(holder, view);
  add_proof(proven, view);
  return view;
}

}  // namespace galen::client
