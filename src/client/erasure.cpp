#include "client/erasure.h"

#include "base/hex.h"
#include "client/approval_file.h"
#include "client/authorise.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <set>
#include <utility>

namespace galen::client {

namespace {

using ledger::AttestationEntry;
using ledger::ErasurePhase;
using ledger::ErasureScope;

constexpr auto kAgreement = std::chrono::hours(24);
constexpr std::uint32_t kKeysGone = 1;
constexpr std::uint32_t kBytesGone = 2;
/// "+30d" is counted by the gateway's clock, and judged by its block's.
constexpr std::uint64_t kClockSlackMs = std::uint64_t{10} * 60 * 1000;

Result<std::vector<ErasureAnswer>> own_erasures(Session& session) {
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  return node->erasures(session.deadline());
}

/// A transaction may hold several orders.
Result<std::vector<ErasureAnswer>> own_erasures(Session& session, const TxId& order) {
  GALEN_TRY(auto all, own_erasures(session));
  std::erase_if(all, [&](const auto& e) { return e.order != order; });
  if (all.empty()) return fail(ErrorCode::kNotFound, "the node knows no such erasure order");
  return all;
}

/// What a node keeps by design, and why; what lies below it only its operator knows.
std::vector<ledger::Retained> retained_by(const ErasureAnswer& erasure) {
  std::vector<ledger::Retained> retained;
  if (erasure.scope == ErasureScope::kPatient) {
    retained.push_back({ledger::RetainedItem::kAuditCompartment,
                        ledger::RetentionReason::kRetentionPeriod,
                        erasure.audit_until});
  }
  using ledger::RetainedItem;
  // Ids that the node's emergency journal and organisations' own logs may hold are not this
  // subject's rows.
  for (const RetainedItem item : {RetainedItem::kFileSystem,
                                  RetainedItem::kEmergencyJournal,
                                  RetainedItem::kOrganisationLog}) {
    retained.push_back({item, ledger::RetentionReason::kTechnical, TimeMs{}});
  }
  return retained;
}

/// Without an end it is kept for longer than any limit.
bool is_over_limit(const ledger::Retained& one, TimeMs attested) {
  if (one.item != ledger::RetainedItem::kKeyringBackup) return false;
  const std::uint64_t limit = attested.value + kKeyringBackupLimitMs + kClockSlackMs;
  return one.until.value == 0 || one.until.value > limit;
}

void warn(const AttestOptions& options,
          const std::vector<ledger::Retained>& kept_besides,
          TimeMs now) {
  if (!options.warn) return;
  for (const std::string& line : retention_warnings(kept_besides, now)) options.warn(line);
}

Result<std::optional<AttestationEntry>> attestation(Session& session,
                                                    const ErasureAnswer& erasure,
                                                    const AccountId& node,
                                                    ErasurePhase phase) {
  GALEN_TRY(
      const auto proven,
      find_state(session, AttestationEntry::key(erasure.order, erasure.operation, node, phase)));
  if (!proven) return std::optional<AttestationEntry>{};
  GALEN_TRY(AttestationEntry entry, AttestationEntry::decode(proven->state.value));
  return std::optional<AttestationEntry>{std::move(entry)};
}

/// nullopt: the node is not that far, or it is attested.
Result<std::optional<Committed>> attest_phase(Session& session,
                                              const ErasureAnswer& erasure,
                                              ErasurePhase phase,
                                              const std::vector<ledger::Retained>& kept_besides) {
  const bool keys = phase == ErasurePhase::kKeys;
  const AccountId& self = session.organisation().id;
  if (erasure.step < (keys ? kKeysGone : kBytesGone)) return std::optional<Committed>{};
  GALEN_TRY(const auto earlier, attestation(session, erasure, self, phase));
  if (earlier) return std::optional<Committed>{};
  ledger::AttestErasure attest;
  attest.order = erasure.order;
  attest.operation = erasure.operation;
  attest.node = self;
  attest.phase = phase;
  attest.retained = retained_by(erasure);
  attest.retained.insert(attest.retained.end(), kept_besides.begin(), kept_besides.end());
  std::sort(attest.retained.begin(), attest.retained.end());
  attest.retained.erase(std::unique(attest.retained.begin(), attest.retained.end()),
                        attest.retained.end());
  attest.time = keys ? erasure.keys_gone : erasure.bytes_gone;
  GALEN_TRY(const auto receipted, session.transact_one({attest, {}}));
  return std::optional(to_committed(receipted));
}

Result<ErasureView> view_of(Session& session, const ErasureAnswer& erasure) {
  ErasureView view;
  view.order = to_hex(erasure.order);
  view.scope = ledger::name(erasure.scope);
  view.path = to_hex(erasure.path);
  view.height = erasure.height.value;
  view.operations = erasure.operations;
  view.keys_gone_ms = erasure.keys_gone.value;
  view.bytes_gone_ms = erasure.bytes_gone.value;
  view.audit_until_ms = erasure.audit_until.value;
  for (const auto& validator : session.genesis().validators) {
    for (const ErasurePhase phase : {ErasurePhase::kKeys, ErasurePhase::kBytes}) {
      GALEN_TRY(const auto entry, attestation(session, erasure, validator.organisation, phase));
      if (!entry) continue;
      view.attestations.push_back({session.organisation_name(validator.organisation),
                                   std::string(ledger::name(phase)),
                                   retained_views(entry->attestation.retained, entry->recorded),
                                   entry->attestation.time.value});
    }
  }
  return view;
}

/// A new request for the organisation that will submit it.
Result<ledger::RequestErasure> make_request(Session& session,
                                            const ErasureRequestOptions& options,
                                            const AccountId& submitter) {
  ledger::RequestErasure operation;
  operation.seed = session.random().next<Random32>();
  operation.request = ledger::erasure_id(session.chain(), submitter, operation.seed);
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.basis, parse_code<ledger::ErasureBasis>(options.basis, "--basis"));
  if (!options.record.empty()) {
    GALEN_TRY(operation.record, parse_id<RecordId>(options.record, "--record"));
    operation.scope = ErasureScope::kRecord;
  } else if (options.audit) {
    operation.scope = ErasureScope::kAudit;
  }
  return operation;
}

Result<Authorised> sign_as_patient(Session& session,
                                   const ledger::RequestErasure& operation,
                                   const std::string& key_file) {
  GALEN_TRY(const Signer signer,
            find_signer(session, id_cast<AccountId>(operation.patient), key_file));
  return authorise(session, operation, ledger::AuthorisationRole::kPatient, signer);
}

/// A key that the custodian had in its hands is the custodian's hand, which is not enough.
Status require_second_hand(Session& session, const PatientId& patient) {
  GALEN_TRY(const auto proven, find_state(session, identity::PatientEntry::key(patient)));
  if (!proven) return {};  // of another hospital, or erased
  GALEN_TRY(const auto entry, identity::PatientEntry::decode(proven->state.value));
  const AccountId& self = session.organisation().id;
  if (entry.custodian != self || !entry.is_signed_for()) return {};
  return fail(ErrorCode::kInvalidArgument,
              "this hospital holds or held the patient's keys, so a second one has to agree: there "
              "`erasure request ... --for " +
                  session.organisation_name(self) + " --out FILE`, here --approval FILE");
}

/// What the second organisation agreed to must be what is asked for here: nobody submits a
/// stranger's file unread. Its basis is taken from there.
Result<Authorised> approved_request(Session& session, const ErasureRequestOptions& options) {
  GALEN_TRY(const auto parts, read_approval(options.approval_file, 2));
  GALEN_TRY(const auto decoded, ledger::decode_operation(parts[0]));
  GALEN_TRY(const auto approval, ledger::decode_authorisation(parts[1]));
  const auto* agreed = std::get_if<ledger::RequestErasure>(&decoded);
  if (agreed == nullptr) {
    return fail(ErrorCode::kMalformed, options.approval_file + ": agrees to something else");
  }
  ErasureRequestOptions same = options;
  same.basis = ledger::name(agreed->basis);
  GALEN_TRY(auto wanted, make_request(session, same, session.organisation().id));
  wanted.seed = agreed->seed;
  wanted.request = ledger::erasure_id(session.chain(), session.organisation().id, wanted.seed);
  if (*agreed == wanted) {
    if (wanted.basis != ledger::ErasureBasis::kPatientRequest) {
      return Authorised{wanted, {approval}};
    }
    GALEN_TRY(Authorised signed_by, sign_as_patient(session, wanted, options.key_file));
    signed_by.authorisations.push_back(approval);
    return signed_by;
  }
  return fail(ErrorCode::kInvalidArgument,
              options.approval_file +
                  ": agrees to another request: patient, record, --audit and the custodian must be "
                  "the same");
}

Result<ledger::ErasureRequestEntry> standing_request(Session& session,
                                                     const ErasureId& id,
                                                     const PatientId& patient) {
  GALEN_TRY(const auto proven, find_state(session, ledger::ErasureRequestEntry::key(id)));
  if (!proven) return fail(ErrorCode::kNotFound, "no such erasure request");
  GALEN_TRY(auto request, ledger::ErasureRequestEntry::decode(proven->state.value));
  if (request.path != ledger::subject_path(patient)) {
    return fail(ErrorCode::kInvalidArgument, "--patient: the request is about somebody else");
  }
  return request;
}

}  // namespace

Result<std::vector<ledger::Retained>> parse_retained(const std::vector<std::string>& texts,
                                                     TimeMs now) {
  std::vector<ledger::Retained> retained;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    ledger::Retained& one = retained.emplace_back();
    GALEN_TRY(one.item, parse_code<ledger::RetainedItem>(text.substr(0, colon), "--retained"));
    one.reason = ledger::RetentionReason::kTechnical;
    if (colon == std::string::npos) continue;
    one.reason = ledger::RetentionReason::kBackupExpiry;
    GALEN_TRY(one.until, parse_time(text.substr(colon + 1), now, "--retained"));
  }
  return retained;
}

std::vector<std::string> retention_warnings(const std::vector<ledger::Retained>& retained,
                                            TimeMs now) {
  std::vector<std::string> lines;
  for (const ledger::Retained& one : retained) {
    if (!is_over_limit(one, now)) continue;
    lines.push_back("OVER THE LIMIT: " + std::string(name(one.item)) + " is kept " +
                    (one.until.value == 0 ? "without an end" : "until " + time_text(one.until)) +
                    ", more than 30 days; attested all the same, for every member to see");
  }
  return lines;
}

std::vector<RetainedView> retained_views(const std::vector<ledger::Retained>& retained,
                                         TimeMs recorded) {
  std::vector<RetainedView> views;
  for (const ledger::Retained& one : retained) {
    views.push_back({std::string(name(one.item)),
                     std::string(name(one.reason)),
                     one.until.value,
                     is_over_limit(one, recorded)});
  }
  return views;
}

std::vector<ErasureView> audits_due(const std::vector<ErasureView>& every, std::uint64_t now_ms) {
  std::set<std::string> ordered;
  for (const ErasureView& view : every) {
    if (view.scope == ledger::name(ErasureScope::kAudit)) ordered.insert(view.path);
  }
  std::vector<ErasureView> due;
  for (const ErasureView& view : every) {
    const bool is_over = view.scope == ledger::name(ErasureScope::kPatient) &&
                         view.audit_until_ms != 0 && view.audit_until_ms <= now_ms;
    if (is_over && !ordered.contains(view.path)) due.push_back(view);
  }
  return due;
}

Result<std::string> approve_erasure(Session& session, const ErasureRequestOptions& options) {
  const auto* custodian = session.find_organisation(options.custodian);
  if (custodian == nullptr) {
    return fail(ErrorCode::kInvalidArgument, "--for: no such organisation");
  }
  if (custodian->id == session.organisation().id) {
    return fail(ErrorCode::kInvalidArgument,
                "--for: another organisation; the custodian alone erases nobody");
  }
  GALEN_TRY(const auto operation, make_request(session, options, custodian->id));
  const Signer own{session.organisation().id, session.signing_key(), session.signing_index()};
  const auto agreement =
      approve(session, operation, ledger::AuthorisationRole::kOrganisation, own, kAgreement);
  return approval_text({ledger::encode(ledger::Operation(operation)), ledger::encode(agreement)});
}

Result<Registered> request_erasure(Session& session, const ErasureRequestOptions& options) {
  if (!options.approval_file.empty()) {
    GALEN_TRY(const Authorised approved, approved_request(session, options));
    GALEN_TRY(const auto receipted, session.transact_one(approved));
    const auto& asked = std::get<ledger::RequestErasure>(approved.operation);
    return Registered{to_hex(asked.request), to_committed(receipted)};
  }
  GALEN_TRY(const auto operation, make_request(session, options, session.organisation().id));
  GALEN_TRY_STATUS(require_second_hand(session, operation.patient));
  GALEN_TRY(const auto authorised, sign_as_patient(session, operation, options.key_file));
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return Registered{to_hex(operation.request), to_committed(receipted)};
}

Result<Committed> withdraw_erasure(Session& session, const WithdrawErasureOptions& options) {
  ledger::WithdrawErasure operation;
  GALEN_TRY(operation.request, parse_id<ErasureId>(options.request, "request id"));
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto request, standing_request(session, operation.request, operation.patient));
  Authorised authorised{operation, {}};
  if (request.by_patient) {
    GALEN_TRY(const Signer signer,
              find_signer(session, id_cast<AccountId>(operation.patient), options.key_file));
    authorised = authorise(session, operation, ledger::AuthorisationRole::kPatient, signer);
  } else if (!options.key_file.empty()) {
    return fail(
        ErrorCode::kInvalidArgument,
        "--key: the request is not the patient's; the hospital that brought it withdraws it");
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<Committed> order_erasure(Session& session, const ErasureOrderOptions& options) {
  GALEN_TRY(const auto id, parse_id<ErasureId>(options.request, "request id"));
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto request, standing_request(session, id, patient));
  std::optional<RecordId> record;
  if (!options.record.empty()) {
    GALEN_TRY(record, parse_id<RecordId>(options.record, "--record"));
  }
  if (request.record != (record ? std::optional(ledger::record_path(*record)) : std::nullopt)) {
    return fail(ErrorCode::kInvalidArgument, "--record: not what the request is about");
  }
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  GALEN_TRY(const std::uint64_t operations,
            node->count_bodies(
                patient, request.scope == ErasureScope::kAudit, record, session.deadline()));
  if (record) {
    const ledger::EraseRecord order{id, request.path, *request.record, request.basis, operations};
    GALEN_TRY(const auto receipted, session.transact_one({order, {}}));
    return to_committed(receipted);
  }
  ledger::ErasePatient order{id, request.path, request.scope, request.basis, operations, TimeMs{}};
  if (request.scope == ErasureScope::kPatient) {
    GALEN_TRY(order.audit_until, parse_time(options.audit_until, session.now(), "--audit-until"));
  }
  GALEN_TRY(const auto receipted, session.transact_one({order, {}}));
  return to_committed(receipted);
}

Result<std::vector<Committed>> attest_erasure(Session& session, const AttestOptions& options) {
  std::vector<ErasureAnswer> erasures;
  if (options.order.empty()) {
    GALEN_TRY(erasures, own_erasures(session));
  } else {
    GALEN_TRY(const auto id, parse_id<TxId>(options.order, "order"));
    GALEN_TRY(erasures, own_erasures(session, id));
    const bool is_begun = std::all_of(
        erasures.begin(), erasures.end(), [](const auto& e) { return e.step >= kKeysGone; });
    if (!is_begun) {
      return fail(ErrorCode::kFailedPrecondition, "the node has done nothing of this order yet");
    }
  }
  GALEN_TRY(const auto kept_besides, parse_retained(options.retained, session.now()));
  std::vector<Committed> committed;
  for (const ErasureAnswer& erasure : erasures) {
    for (const ErasurePhase phase : {ErasurePhase::kKeys, ErasurePhase::kBytes}) {
      GALEN_TRY(const auto done, attest_phase(session, erasure, phase, kept_besides));
      if (!done) continue;
      if (committed.empty()) warn(options, kept_besides, session.now());
      committed.push_back(*done);
    }
  }
  return committed;
}

Result<std::vector<ErasureView>> erasure_status(Session& session, const std::string& order) {
  std::vector<ErasureAnswer> answers;
  if (order.empty()) {
    GALEN_TRY(answers, own_erasures(session));
  } else {
    GALEN_TRY(const auto id, parse_id<TxId>(order, "order"));
    GALEN_TRY(answers, own_erasures(session, id));
  }
  std::vector<ErasureView> views;
  for (const ErasureAnswer& answer : answers) {
    GALEN_TRY(ErasureView view, view_of(session, answer));
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace galen::client
