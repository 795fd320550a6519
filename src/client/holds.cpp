#include "client/holds.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/proven_relations.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"

namespace galen::client {

Result<Registered> place_hold(Session& session, const HoldOptions& options) {
  ledger::PlaceHold operation;
  operation.seed = session.random().next<Random32>();
  operation.hold = ledger::hold_id(session.chain(), session.organisation().id, operation.seed);
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.records, parse_ids<RecordId>(options.records, "--record"));
  GALEN_TRY(operation.basis, parse_code<ledger::HoldBasis>(options.basis, "--basis"));
  GALEN_TRY(operation.until, parse_time(options.until, session.now(), "--until"));
  if (!operation.records.empty()) {
    operation.scope = ledger::HoldScope::kRecords;
  } else if (options.audit) {
    operation.scope = ledger::HoldScope::kAudit;
  }
  operation.authority = session.organisation().id;
  GALEN_TRY(operation.document, document_commitment(options.document_commitment, session.random()));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return Registered{to_hex(operation.hold), to_committed(receipted)};
}

Result<Committed> lift_hold(Session& session, const std::string& patient, const std::string& hold) {
  ledger::LiftHold operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(patient, "--patient"));
  GALEN_TRY(operation.hold, parse_id<HoldId>(hold, "hold id"));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return to_committed(receipted);
}

Result<ProvenKey> prove_holds(Session& session, const PatientId& patient, const OwnRequest& own) {
  GALEN_TRY(Bytes bytes, session.ask([&](NodeApi& node, Deadline until) {
    return node.holds_proof(patient, own, until);
  }));
  const auto key = ledger::HoldsEntry::key(ledger::subject_path(patient));
  return verify_key(std::move(bytes), key, session.genesis());
}

Result<HoldList> list_holds(Session& session, const PersonQuery& query) {
  GALEN_TRY(const auto id, parse_id<PatientId>(query.person, "--patient"));
  GALEN_TRY(const auto own, own_request(session, query, ledger::OwnQuery::kProofs, id));
  GALEN_TRY(const auto proven, prove_holds(session, id, own));
  HoldList list{proven.proof.header.height.value, {}};
  if (!proven.state.present) return list;
  const auto entry = ledger::HoldsEntry::decode(proven.state.value);
  if (!entry) return fail(ErrorCode::kCorrupt, entry.error().message);
  for (const ledger::Hold& hold : entry->holds) {
    HoldView& view = list.holds.emplace_back();
    view.hold = to_hex(hold.id);
    view.scope = name(hold.scope);
    view.basis = name(hold.basis);
    for (const RecordPath& path : hold.records) view.record_paths.push_back(to_hex(path));
    view.placed_by = organisation_name(session.genesis(), hold.submitter);
    view.authority = organisation_name(session.genesis(), hold.authority);
    view.document = to_hex(hold.document);
    view.until_ms = hold.until.value;
    view.in_force = proven.proof.header.time < hold.until;
  }
  return list;
}

}  // namespace galen::client
