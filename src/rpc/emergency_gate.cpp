#include "rpc/emergency_gate.h"

#include "base/limits.h"
#include "ledger/erasure_entries.h"
#include "modules/audit/evaluation.h"
#include "modules/audit/log_emergency.h"
#include "modules/emergency/declarations.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"
#include "rpc/proofs.h"
#include "rpc/requester_signature.h"
#include "rpc/wire.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace galen::rpc {
namespace {

using ledger::ResultCode;
using policy::Reason;

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

Status check_shape(const EmergencyRequest& request) {
  const ledger::AccessRequest& access = request.access;
  if (access.purpose != policy::kBreakGlassPurpose) {
    return fail(ErrorCode::kInvalidArgument, "request: an emergency has purpose BTG");
  }
  if (access.records.size() != 1) {
    return fail(ErrorCode::kInvalidArgument, "request: one record at a time");
  }
  if (access.action == ledger::Action::kDiscover) {
    return fail(ErrorCode::kInvalidArgument, "request: an emergency opens records, READ or COPY");
  }
  return {};
}

/// Everything one decision looks at.
class Emergency {
 public:
  Emergency(const Backend& backend, const EmergencyRequest& request)
      : backend_(backend),
        request_(request),
        snapshot_(backend.ledger().snapshot()),
        now_(std::max(backend.now(), snapshot_->head().header.time)) {}

  /// A reason before decide() is asked, as LogAccess does it.
  [[nodiscard]] std::optional<Reason> refusal() const {
    const ledger::AccessRequest& access = request_.access;
    const Bytes bytes = ledger::encode(ledger::Operation(ledger::LogAccess{access}));
    const auto statement = audit::emergency_statement(backend_.chain(), now_, access, bytes);
    PlainVerifier signatures;
    const auto requester =
        audit::authenticate(*snapshot_, access, statement, request_.authorisation, signatures);
    if (!requester) return Reason::kNotAuthenticated;
    const bool timely =
        now_ < access.expiry && access.expiry.value - now_.value <= limits::kMaxAccessRequestMs;
    if (!timely) return Reason::kRequestExpired;
    if (!audit::names_registered_recipient(*snapshot_, access)) return Reason::kRecipientKey;
    return std::nullopt;
  }

  [[nodiscard]] policy::Decision decide() const {
    policy::Decision decision;
    decision.reason = Reason::kUnknownRecord;
    const ledger::AccessRequest& access = request_.access;
    const auto requester = audit::load_requester(*snapshot_, access);
    const auto entry = record();
    if (!requester || !entry) return decision;
    const auto parameters = execution::load_parameters(*snapshot_);
    // Without what the chain has of emergencies: the journal names the request's declaration, so
    // that one alone has to bear the release out.
    audit::PatientConsent consent(*snapshot_, access.patient, std::string_view());
    if (stands(parameters)) consent.add(emergency::facts_of(request_.declaration));
    return consent.decide(policy::tables_of(parameters),
                          *requester,
                          *entry,
                          audit::policy_request(access, {now_, now_}));
  }

  /// Nothing of others' patients can leave here. One whom this organisation erased stays its own,
  /// also when his log is gone: an attempt on him leaves its entry like any other (PRIVACY.md 28).
  [[nodiscard]] bool is_ours() const {
    const PatientId& patient = request_.access.patient;
    if (const auto entry = identity::PatientEntry::load(*snapshot_, patient)) {
      return entry->custodian == backend_.organisation();
    }
    const auto stone = identity::load_entry<ledger::Tombstone>(
        *snapshot_, ledger::Tombstone::key(ledger::subject_path(patient)));
    return stone && stone->custodian == backend_.organisation();
  }

  [[nodiscard]] std::optional<records::RecordEntry> record() const {
    const ledger::AccessRequest& access = request_.access;
    if (!identity::PatientEntry::load(*snapshot_, access.patient)) return std::nullopt;
    return records::RecordEntry::load(*snapshot_, access.patient, access.records.front());
  }

  /// A proof opens the whole value.
  void prove(const records::RecordEntry& record, EmergencyRelease& release) const {
    const auto& scope = request_.declaration.records;
    const bool conceals = record.succeeded && !scope.empty() &&
                          !std::binary_search(scope.begin(), scope.end(), record.succeeded->by);
    if (conceals) return;
    const auto proof = make_state_proof(
        *snapshot_,
        records::RecordEntry::key(request_.access.patient, request_.access.records.front()));
    if (!proof) return;
    release.index_entry = record.encode();
    release.index_proof = ledger::encode(*proof);
  }

  [[nodiscard]] storage::EmergencyRecord entry(Reason reason) const {
    storage::EmergencyRecord record;
    record.entry.declaration = request_.declaration.declaration;
    record.entry.request = request_.access;
    record.entry.reasons = {static_cast<std::uint8_t>(reason)};
    record.entry.state_height = snapshot_->head().height();
    record.entry.time = now_;
    record.authorisation = request_.authorisation;
    record.declaration = request_.declaration;
    record.declared_by = request_.declared_by;
    return record;
  }

 private:
  /// Whether the request's declaration opens anything.
  [[nodiscard]] bool stands(const ledger::Parameters& parameters) const {
    const PatientId& patient = request_.access.patient;
    const ledger::DeclareEmergency& declaration = request_.declaration;
    if (declaration.patient != patient) return false;
    const auto review = emergency::ReviewEntry::load(*snapshot_, patient, declaration.declaration);
    const bool unjustified =
        review && review->review.outcome == ledger::ReviewOutcome::kUnjustified;
    if (unjustified) return false;
    const auto known =
        emergency::DeclarationEntry::load(*snapshot_, patient, declaration.declaration);
    // That very one counts by the chain's word.
    if (known && !known->is_missing() && known->declaration == declaration) return true;
    return may_declare(parameters);
  }

  /// Whether the chain would take it, as far as this node knows.
  [[nodiscard]] bool may_declare(const ledger::Parameters& parameters) const {
    const std::vector<ledger::Authorisation> authorisations{request_.declared_by};
    const emergency::Brought brought{backend_.chain(),
                                     now_,
                                     request_.access.organisation,
                                     parameters.emergency_max_ms,
                                     authorisations};
    PlainVerifier signatures;
    return emergency::check_declaration(brought, request_.declaration, *snapshot_, signatures) ==
               ResultCode::kOk &&
           has_place();
  }

  /// What was released here under declarations that the chain has yet to see takes places as well.
  [[nodiscard]] bool has_place() const {
    const AccountId& organisation = request_.access.organisation;
    emergency::Quota quota = emergency::quota_of(*snapshot_, organisation, now_);
    for (const auto& [id, patient] : backend_.emergency_journal().declared_by(organisation)) {
      if (id == request_.declaration.declaration) continue;
      if (!emergency::DeclarationEntry::load(*snapshot_, patient, id)) ++quota.open;
    }
    return !quota.is_exhausted();
  }

  const Backend& backend_;
  const EmergencyRequest& request_;
  const std::shared_ptr<const storage::StateSnapshot> snapshot_;
  const TimeMs now_;  ///< the later clock: an old head says nothing about when an emergency began
};

tl::unexpected<Error> cannot_write() {
  return fail(ErrorCode::kUnavailable,
              "this node cannot write its emergency journal, so it releases nothing");
}

/// A journal that takes nothing says so to everybody, whoever the patient is: said of the own
/// patients alone, it would tell who they are (PRIVACY.md 28).
Status require_journal(const Backend& backend, const ledger::AccessRequest& access) {
  const storage::EmergencyJournal& journal = backend.emergency_journal();
  const Status takes = journal.takes_releases_to(access.organisation);
  if (takes) return {};
  if (takes.error().code != ErrorCode::kResourceExhausted) return cannot_write();
  // What is in the journal already needs no place.
  if (journal.find_release(access)) return {};
  return takes;
}

Result<storage::HeldEmergency> record_durably(Backend& backend,
                                              storage::EmergencyRecord record,
                                              bool released) {
  auto held = backend.emergency_journal().append(std::move(record), released);
  if (held || held.error().code == ErrorCode::kResourceExhausted) return held;
  return cannot_write();
}

}  // namespace

Result<EmergencyRelease> open_emergency_gate(Backend& backend,
                                             const Caller& caller,
                                             const EmergencyRequest& request) {
  GALEN_TRY_STATUS(check_shape(request));
  // Of no patient: who asks in another's name is told so, and stands in nobody's log.
  if (caller.organisation != request.access.organisation) {
    return fail(ErrorCode::kInvalidArgument, "request: of another organisation");
  }
  GALEN_TRY_STATUS(require_caught_up(backend));
  GALEN_TRY_STATUS(require_journal(backend, request.access));
  Emergency emergency(backend, request);
  // Whatever is so elsewhere, neither answer nor journal tells it: the journal of the custodian's
  // node takes the entry (PRIVACY.md 27).
  if (!emergency.is_ours()) return not_found();
  const auto refusal = emergency.refusal();
  policy::Decision decision = emergency.decide();
  if (refusal) decision = {false, *refusal, std::nullopt, {}, {}};
  const auto record = emergency.record();
  // Asked again, the same request is released under its entry.
  auto held =
      decision.permit ? backend.emergency_journal().find_release(request.access) : std::nullopt;
  if (!held) {
    auto recorded = record_durably(backend, emergency.entry(decision.reason), decision.permit);
    // Recorded or not: of whom nobody knows, nothing is recorded either.
    if (!decision.permit) return not_found();
    GALEN_TRY(held, std::move(recorded));
  }
  EmergencyRelease release;
  release.request = request;
  release.address = record->record.payload;
  emergency.prove(*record, release);
  release.obligations = std::move(decision.obligations);
  release.entry = std::move(held->record.entry);
  release.hash = held->hash;
  release.receipt = backend.sign_receipt(ledger::journal_receipt_statement(
      backend.chain(), release.entry.journal, release.entry.number, release.hash));
  return release;
}

Status recheck_emergency(const Backend& backend, const EmergencyRelease& release) {
  if (Emergency(backend, release.request).decide().permit) return {};
  return not_found();
}

}  // namespace galen::rpc
