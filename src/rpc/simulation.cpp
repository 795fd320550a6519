#include "rpc/simulation.h"

#include "base/limits.h"
#include "execution/state_tree.h"
#include "modules/audit/late_findings.h"
#include "modules/audit/replay.h"
#include "modules/consent/consent.h"
#include "modules/identity/people.h"
#include "rpc/access_requests.h"
#include "rpc/audit_gate.h"
#include "rpc/executed_operations.h"
#include "rpc/label_obligations.h"
#include "rpc/wire.h"

#include <algorithm>
#include <utility>

namespace galen::rpc {
namespace {

using execution::StateOverlay;
using storage::StateSnapshot;

/// A dry run has no signatures to check.
class NoSignatures final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey&, BytesView, const Signature&) override { return false; }
};

/// What nobody signed yet.
struct Proposal {
  std::vector<ledger::Operation> operations;
  PatientId patient;
  TimeMs begins;  ///< the latest beginning of its terms
  ledger::AuthorisationRole role = ledger::AuthorisationRole::kPatient;
  AccountId grantor{};
};

/// Who gives it, as the ledger would take his signature.
Status name_grantor(const v1::SimulateRequest& request,
                    const AccountId& custodian,
                    Proposal& proposal) {
  proposal.grantor = id_cast<AccountId>(proposal.patient);
  if (request.grantor().empty()) return {};
  GALEN_TRY(const auto grantor, fixed_field<AccountId>(request.grantor(), "grantor"));
  if (grantor == proposal.grantor) return {};
  proposal.grantor = grantor;
  proposal.role = grantor == custodian ? ledger::AuthorisationRole::kCustodian
                                       : ledger::AuthorisationRole::kProxy;
  return {};
}

const ledger::GrantTerms* terms_of(const ledger::Operation& operation) {
  if (const auto* permit = std::get_if<ledger::GrantAccess>(&operation)) return &permit->terms;
  const auto* deny = std::get_if<ledger::DenyAccess>(&operation);
  return deny == nullptr ? nullptr : &deny->terms;
}

Result<Proposal> decode_proposal(const v1::SimulateRequest& request) {
  if (request.operations_size() == 0) {
    return fail(ErrorCode::kInvalidArgument, "operations: none");
  }
  if (static_cast<std::size_t>(request.operations_size()) > limits::kMaxOperationsPerTransaction) {
    return fail(ErrorCode::kTooLarge,
                "operations: more than " + std::to_string(limits::kMaxOperationsPerTransaction));
  }
  Proposal proposal;
  for (const std::string& bytes : request.operations()) {
    auto operation = ledger::decode_operation(as_bytes(bytes));
    if (!operation) {
      return fail(ErrorCode::kInvalidArgument, "operations: " + operation.error().message);
    }
    const auto* terms = terms_of(*operation);
    if (terms == nullptr && !std::holds_alternative<ledger::RevokeAccess>(*operation)) {
      return fail(ErrorCode::kInvalidArgument,
                  "operations: neither a permit nor a deny nor a revocation");
    }
    if (terms != nullptr) proposal.begins = std::max(proposal.begins, terms->valid_from);
    const PatientId patient = ledger::subject_of(*operation);
    if (!proposal.operations.empty() && patient != proposal.patient) {
      return fail(ErrorCode::kInvalidArgument, "operations: of several patients");
    }
    proposal.patient = patient;
    proposal.operations.push_back(*std::move(operation));
  }
  return proposal;
}

/// Puts one operation into the overlay as if its grantor had signed it and `custodian` brought it.
ledger::ResultCode give(const StateSnapshot& snapshot,
                        const ChainId& chain,
                        const Proposal& proposal,
                        const ledger::Operation& operation,
                        const AccountId& custodian,
                        TimeMs at,
                        StateOverlay& overlay) {
  ledger::Authorisation authorisation;
  authorisation.role = proposal.role;
  authorisation.account = proposal.grantor;
  authorisation.sequence =
      consent::SequenceEntry::load(overlay, proposal.patient, proposal.grantor) + 1;
  const ledger::OperationBody body{{}, ledger::encode(operation), {authorisation}};
  const ledger::DecodedOperation decoded{operation, ledger::type_of(operation), proposal.patient};
  const execution::BlockContext block{chain, snapshot.head().height().next(), at};
  const ledger::Parameters parameters = execution::load_parameters(snapshot);
  NoSignatures signatures;
  const execution::OperationContext context{
      block, parameters, custodian, 0, body, decoded, signatures};
  if (const auto* revocation = std::get_if<ledger::RevokeAccess>(&operation)) {
    return consent::preview(context, *revocation, overlay).code;
  }
  const bool permits = std::holds_alternative<ledger::GrantAccess>(operation);
  const auto effect = permits ? ledger::Effect::kPermit : ledger::Effect::kDeny;
  return consent::preview(context, effect, *terms_of(operation), overlay).code;
}

/// A request that nobody makes.
struct Asked {
  ledger::AccessRequest request;
  ledger::Role role = ledger::Role::kClinician;  ///< of who is not named
};

Result<ledger::Role> decode_role(std::uint32_t number, const ledger::AccessRequest& request) {
  if (number == 0) return ledger::Role::kClinician;
  const auto role = static_cast<ledger::Role>(number);
  if (number > 0xff || !ledger::is_valid(role)) {
    return fail(ErrorCode::kInvalidArgument, "roles: no role " + std::to_string(number));
  }
  if (role == ledger::Role::kPatient || role == ledger::Role::kProxy) {
    return fail(ErrorCode::kInvalidArgument,
                "roles: nobody of an organisation is patient or proxy");
  }
  if (!request.person.is_zero()) {
    return fail(ErrorCode::kInvalidArgument, "roles: of a request that names a person");
  }
  return role;
}

Result<std::vector<Asked>> decode_requests(const v1::SimulateRequest& request,
                                           const PatientId& patient) {
  if (request.requests_size() > kMaxSimulatedRequests) {
    return fail(ErrorCode::kTooLarge,
                "requests: more than " + std::to_string(kMaxSimulatedRequests));
  }
  if (request.roles_size() != 0 && request.roles_size() != request.requests_size()) {
    return fail(ErrorCode::kInvalidArgument, "roles: not one for each request");
  }
  std::vector<Asked> all;
  for (int i = 0; i < request.requests_size(); ++i) {
    Asked one;
    GALEN_TRY(one.request, decode_access_request(request.requests(i)));
    if (one.request.patient != patient) {
      return fail(ErrorCode::kInvalidArgument, "requests: of another patient");
    }
    if (request.roles_size() != 0) {
      GALEN_TRY(one.role, decode_role(request.roles(i), one.request));
    }
    all.push_back(std::move(one));
  }
  return all;
}

/// Both states, asked the same.
class Comparison {
 public:
  Comparison(const Backend& backend,
             const StateSnapshot& before,
             const StateOverlay& after,
             const PatientId& patient)
      : backend_(backend),
        patient_(patient),
        state_(before),
        parameters_(execution::load_parameters(before)),
        before_(before, patient, policy::kBreakGlassPurpose),
        after_(after, patient, policy::kBreakGlassPurpose),
        records_(records::list_records(before, patient)) {}

  Status add(std::uint32_t place,
             const Asked& one,
             TimeMs at,
             v1::SimulateResponse& response) const {
    const auto requester = supposed_requester(state_, one.request, one.role);
    const auto request = audit::policy_request(one.request, policy::Instant::of_block(at));
    for (const RecordId& record : wanted(one.request)) {
      if (static_cast<std::size_t>(response.items_size()) >= kMaxSimulated) {
        return fail(ErrorCode::kTooLarge,
                    "requests: more than " + std::to_string(kMaxSimulated) + " decisions");
      }
      v1::SimulateItem* item = response.add_items();
      item->set_request(place);
      item->set_record(wire(record));
      fill(*item->mutable_before(), record, decide(before_, requester, record, request));
      fill(*item->mutable_after(), record, decide(after_, requester, record, request));
    }
    return {};
  }

 private:
  [[nodiscard]] std::vector<RecordId> wanted(const ledger::AccessRequest& asked) const {
    if (asked.records.size() != 1 || !asked.records.front().is_zero()) return asked.records;
    std::vector<RecordId> all;
    for (const auto& [id, entry] : records_) all.push_back(id);
    return all;
  }

  [[nodiscard]] policy::Decision decide(const audit::PatientConsent& consent,
                                        const std::optional<policy::Requester>& requester,
                                        const RecordId& record,
                                        const policy::Request& request) const {
    if (!requester) return {false, policy::Reason::kNotAuthenticated, std::nullopt, {}, {}};
    const auto found = records_.find(record);
    if (found == records_.end()) {
      return {false, policy::Reason::kUnknownRecord, std::nullopt, {}, {}};
    }
    return with_label_obligations(
        backend_,
        parameters_,
        patient_,
        consent.decide(policy::tables_of(parameters_), *requester, found->second, request));
  }

  const Backend& backend_;
  PatientId patient_;
  const StateSnapshot& state_;
  ledger::Parameters parameters_;
  audit::PatientConsent before_;
  audit::PatientConsent after_;
  std::map<RecordId, records::RecordEntry> records_;
};

/// The entry of an access, or of a late emergency release, in the patient's log; nullopt when it
/// left none there, and for other operations.
std::optional<std::uint64_t> entry_of(const StateSnapshot& snapshot,
                                      const ledger::Operation& operation,
                                      Height height) {
  const PatientId patient = ledger::subject_of(operation);
  if (const auto* late = std::get_if<ledger::LogEmergency>(&operation)) {
    return audit::find_late_entry(snapshot, patient, *late, height);
  }
  const auto* access = std::get_if<ledger::LogAccess>(&operation);
  if (access == nullptr) return std::nullopt;
  return audit::find_entry(snapshot, patient, access->request, height);
}

/// The entry that the request names; nullopt when there is none in this log.
Result<std::optional<std::uint64_t>> named_entry(const v1::ExplainRequest& request,
                                                 const LedgerReader& reader,
                                                 const AuditReading& reading) {
  const PatientId& log = reading.operation.log;
  if (request.has_index()) {
    if (!request.tx_id().empty()) {
      return fail(ErrorCode::kInvalidArgument, "index: not together with tx_id");
    }
    return std::optional(request.index());
  }
  GALEN_TRY(const auto id, fixed_field<TxId>(request.tx_id(), "tx_id"));
  const auto place = reader.find_transaction(id);
  if (!place) return std::optional<std::uint64_t>{};
  const auto committed = find_operation(reader, *place, request.operation());
  if (!committed || ledger::subject_of(committed->value) != log)
    return std::optional<std::uint64_t>{};
  return entry_of(*reading.snapshot, committed->value, place->height);
}

std::optional<Height> written_at(const StateSnapshot& snapshot, const ledger::StateKey& key) {
  const auto path = execution::prove(snapshot, key.tree, key.hash());
  return path.shows_presence(key.hash()) ? std::optional(path.leaf->height) : std::nullopt;
}

std::optional<TimeMs> time_of(const LedgerReader& reader, Height height) {
  const auto head = reader.header(height);
  return head ? std::optional(head->header.time) : std::nullopt;
}

/// What tags obliged to no entry names; the decision made again does.
void tell(const Backend& backend,
          const ledger::Parameters& parameters,
          const PatientId& patient,
          const audit::RecordDecision& recorded,
          const audit::Replayed& replayed,
          v1::ExplainItem& item) {
  fill(*item.mutable_recorded(),
       recorded.record,
       policy::Decision{
           recorded.permit(), recorded.reason, recorded.grant, recorded.obligations, {}});
  if (replayed.decision) {
    policy::Decision decision = *replayed.decision;
    const auto& tags = decision.label_tags;
    // Only by who can tell: of the past nothing is said that may not be so.
    if (tags && backend.label_key(patient, tags->key_id)) {
      decision = with_label_obligations(backend, parameters, patient, std::move(decision));
    }
    fill(*item.mutable_replayed(), recorded.record, decision);
  } else {
    item.set_changed(replayed.changed);
  }
}

}  // namespace

Status simulate(Backend& backend,
                const Caller& caller,
                const v1::SimulateRequest& request,
                v1::SimulateResponse& response) {
  GALEN_TRY(Proposal proposal, decode_proposal(request));
  GALEN_TRY(const std::vector<Asked> asked, decode_requests(request, proposal.patient));
  // Before the snapshot: what is fresh now may not be so when an older one has been looked at.
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto snapshot = backend.ledger().snapshot();
  const auto patient = identity::PatientEntry::load(*snapshot, proposal.patient);
  if (!patient || patient->custodian != caller.organisation) return not_found();
  GALEN_TRY_STATUS(name_grantor(request, patient->custodian, proposal));
  // As of the moment when all terms are in force: now, or when the last of them begin.
  const TimeMs now = std::max(snapshot->head().header.time, backend.now());
  StateOverlay overlay(*snapshot);
  response.set_height(snapshot->head().height().value);
  for (std::size_t i = 0; i < proposal.operations.size(); ++i) {
    const auto code = give(*snapshot,
                           backend.chain(),
                           proposal,
                           proposal.operations[i],
                           patient->custodian,
                           now,
                           overlay);
    if (code == ledger::ResultCode::kOk) continue;
    response.set_result(static_cast<std::uint32_t>(code));
    response.set_failed(static_cast<std::uint32_t>(i));
    return {};
  }
  const Comparison comparison(backend, *snapshot, overlay, proposal.patient);
  const TimeMs at = std::max(now, proposal.begins);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    GALEN_TRY_STATUS(comparison.add(static_cast<std::uint32_t>(i), asked[i], at, response));
  }
  return {};
}

Status explain(Backend& backend,
               const Caller& caller,
               const v1::ExplainRequest& request,
               v1::ExplainResponse& response) {
  GALEN_TRY(const auto name,
            reading_name(request.patient(), request.read_tx_id(), request.read_operation()));
  GALEN_TRY(const AuditReading reading, open_audit_gate(backend, caller, name));
  const LedgerReader& reader = backend.ledger();
  const auto& snapshot = reading.snapshot;
  GALEN_TRY(const auto index, named_entry(request, reader, reading));
  if (!index) return not_found();
  const auto entry = audit::load_access(*snapshot, name.log, *index);
  if (!entry || !reading.covers(*index, entry->time)) return not_found();
  // Acts decide nothing, and what an organisation's own log tells of is no patient's here.
  if (entry->act || entry->request.patient != name.log) return not_found();
  response.set_entry(wire(entry->encode()));
  response.set_index(*index);
  response.set_height(snapshot->head().height().value);
  const audit::History history{
      [&](const ledger::StateKey& key) { return written_at(*snapshot, key); },
      [&](Height height) { return time_of(reader, height); },
      [&](Height height) { return executed_operations(reader, height); }};
  if (entry->emergency) {
    for (const std::string& finding : audit::late_findings(*snapshot, backend.chain(), *entry)) {
      response.add_findings(finding);
    }
  }
  const audit::Replay replay(*snapshot, *entry, *index, history);
  const auto parameters = execution::load_parameters(*snapshot);
  for (const audit::RecordDecision& decision : entry->decisions) {
    tell(backend,
         parameters,
         name.log,
         decision,
         replay.replay(decision.record),
         *response.add_items());
  }
  return {};
}

}  // namespace galen::rpc
