#include "rpc/consent_queries.h"

#include "modules/audit/evaluation.h"
#include "modules/consent/grants.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"
#include "rpc/access_requests.h"
#include "rpc/label_obligations.h"
#include "rpc/list_filters.h"
#include "rpc/list_gate.h"
#include "rpc/list_page.h"
#include "rpc/proofs.h"
#include "rpc/release_instant.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <optional>
#include <string>
#include <utility>

namespace galen::rpc {
namespace {

/// Who reads a list of records, and of whom.
struct ListReader {
  PatientId patient;
  std::optional<OpenAccess> access;  ///< none: the custodian itself, who sees everything
};

/// The custodian's own list and one without an access look the same for every other patient.
Result<ListReader> list_reader(const Backend& backend,
                               const Caller& caller,
                               const storage::StateSnapshot& state,
                               const v1::ListRecordsRequest& request) {
  if (!request.access_tx_id().empty()) {
    if (!request.patient().empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "patient: not together with an access, which names him");
    }
    GALEN_TRY(const auto name, access_name(request.access_tx_id(), request.access_operation()));
    GALEN_TRY(auto access, open_list_gate(backend, caller, state, name));
    return ListReader{access.request.patient, std::move(access)};
  }
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  if (owner_of(state, patient) != caller.organisation) {
    return fail(ErrorCode::kUnauthenticated,
                "access_tx_id: no access is named, and you are not his custodian");
  }
  return ListReader{patient, std::nullopt};
}

/// The records a reader may discover.
class Discovery {
 public:
  Discovery(const execution::StateReader& state,
            const ListReader& reader,
            const policy::Instant& at,
            audit::ConsentMemory& memory)
      : access_(reader.access) {
    if (!access_) return;
    parameters_ = execution::load_parameters(state);
    consent_.emplace(state, reader.patient, access_->request.purpose, &memory);
    request_ = audit::policy_request(access_->request, at);
    request_.action = ledger::Action::kDiscover;
  }

  [[nodiscard]] bool permits(const RecordId& id, const records::RecordEntry& entry) const {
    return !access_ || (access_->names(id) && may_discover(id, entry));
  }

  /// Whether `decide()` would, whatever the access names. REQUIRES: not the custodian.
  [[nodiscard]] bool may_discover(const RecordId& id, const records::RecordEntry& entry) const {
    policy::Request request = request_;
    request.counted_grant = access_->counted_grant(id);
    return consent_->decide(policy::tables_of(parameters_), access_->requester, entry, request)
        .permit;
  }

  /// Whether a newer version stands in its place that this reader may not discover. That there is
  /// one the status says, and the obligation of every permit; which, and since when, is not for
  /// him.
  [[nodiscard]] bool hides_successor(const execution::StateReader& state,
                                     const PatientId& patient,
                                     const records::RecordEntry& entry) const {
    if (!access_ || !entry.succeeded) return false;
    const auto by = records::RecordEntry::load(state, patient, entry.succeeded->by);
    return !by || !may_discover(entry.succeeded->by, *by);
  }

 private:
  const std::optional<OpenAccess>& access_;
  ledger::Parameters parameters_;
  std::optional<audit::PatientConsent> consent_;
  policy::Request request_;
};

/// Of whom grants are listed: for him, or his custodian; for others he is not found.
Result<PatientId> granting_patient(const Backend& backend,
                                   const Caller& caller,
                                   const storage::StateSnapshot& state,
                                   const v1::ListGrantsRequest& request) {
  GALEN_TRY(const auto self,
            asking_himself(
                backend, caller, state, {ledger::OwnQuery::kGrants}, request.patient(), request));
  if (self) return *self;
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  const auto entry = identity::PatientEntry::load(state, patient);
  if (!entry || entry->custodian != caller.organisation) return not_found();
  return patient;
}

template <class Request>
Result<ListMoment> provable_moment(const Backend& backend,
                                   const storage::StateSnapshot& state,
                                   const Request& request) {
  GALEN_TRY(const ListMoment moment, list_moment(backend, state, request.at_height()));
  if (moment.is_head || !request.with_proofs()) return moment;
  return fail(ErrorCode::kFailedPrecondition,
              "with_proofs: of the head alone; what was before it has only its hash in the state");
}

/// Empty when nobody asked for proofs.
template <class Request>
Result<Bytes> proof_asked(const storage::StateSnapshot& state,
                          const ledger::StateKey& key,
                          const Request& request) {
  if (!request.with_proofs()) return Bytes{};
  GALEN_TRY(const auto proof, make_state_proof(state, key));
  return ledger::encode(proof);
}

}  // namespace

Status list_grants(Backend& backend,
                   const Caller& caller,
                   const v1::ListGrantsRequest& request,
                   v1::ListGrantsResponse& response) {
  GALEN_TRY(const auto selection, GrantSelection::of(request.filter()));
  GALEN_TRY_STATUS(require_current(backend, request));
  const auto snapshot = backend.ledger().snapshot();
  // Told alike whoever asks, of whomever.
  GALEN_TRY(const ListMoment moment, provable_moment(backend, *snapshot, request));
  GALEN_TRY(const auto patient, granting_patient(backend, caller, *snapshot, request));
  GALEN_TRY(
      const auto asked,
      page_asked(
          ListKind::kGrants, query_digest(patient, request.filter()), request, moment.height));
  const auto visit = [&](const GrantId& id,
                         const consent::GrantEntry& grant,
                         PageBudget& budget) -> Result<Visited> {
    const consent::GrantEntry then = moment.is_head ? grant : grant.as_of(moment.time);
    if (!selection.takes(then, moment.time)) return Visited::kLeftOut;
    const Bytes bytes = then.encode();
    GALEN_TRY(const Bytes proof,
              proof_asked(*snapshot, consent::GrantEntry::key(patient, id), request));
    if (!budget.take(bytes.size() + proof.size())) return Visited::kFull;
    if (request.with_proofs()) response.add_proofs(wire(proof));
    v1::GrantItem* item = response.add_grants();
    item->set_grant_id(wire(id));
    item->set_entry(wire(bytes));
    return Visited::kShown;
  };
  GALEN_TRY(*response.mutable_page_token(),
            fill_page(consent::list_grants(*snapshot, patient), asked, visit));
  response.set_height(moment.height.value);
  return {};
}

Status check(Backend& backend,
             const Caller& caller,
             const v1::CheckRequest& request,
             v1::CheckResponse& response) {
  GALEN_TRY(const auto asked, decode_access_request(request.request()));
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto snapshot = backend.ledger().snapshot();
  const auto patient = identity::PatientEntry::load(*snapshot, asked.patient);
  if (!patient || patient->custodian != caller.organisation) return not_found();
  const auto parameters = execution::load_parameters(*snapshot);
  const auto requester = supposed_requester(*snapshot, asked);
  const auto policy_request =
      audit::policy_request(asked, release_instant(snapshot->head(), backend.now()));
  response.set_height(snapshot->head().height().value);
  for (const RecordId& record : asked.records) {
    policy::Decision decision;
    decision.reason = policy::Reason::kNotAuthenticated;
    if (requester) {
      const audit::RecordName name{asked.patient, record};
      decision = with_label_obligations(
          backend,
          parameters,
          asked.patient,
          audit::evaluate(
              *snapshot, parameters, *requester, name, policy_request, &backend.consents()));
    }
    fill(*response.add_items(), record, decision);
  }
  return {};
}

Status list_records(Backend& backend,
                    const Caller& caller,
                    const v1::ListRecordsRequest& request,
                    v1::ListRecordsResponse& response) {
  GALEN_TRY_STATUS(require_fresh(backend));
  GALEN_TRY(const auto selection, RecordSelection::of(request.filter()));
  const auto snapshot = backend.ledger().snapshot();
  GALEN_TRY(const ListMoment moment, provable_moment(backend, *snapshot, request));
  GALEN_TRY(const auto reader, list_reader(backend, caller, *snapshot, request));
  const PatientId& patient = reader.patient;
  GALEN_TRY(
      const auto asked,
      page_asked(
          ListKind::kRecords, query_digest(patient, request.filter()), request, moment.height));
  response.set_height(moment.height.value);
  if (!identity::PatientEntry::load(*snapshot, patient)) return {};
  const policy::Instant at = release_instant(snapshot->head(), backend.now());
  const Discovery discovery(*snapshot, reader, at, backend.consents());
  const auto visit = [&](const RecordId& id,
                         const records::RecordEntry& entry,
                         PageBudget& budget) -> Result<Visited> {
    // Who may see it is judged by what it is now.
    const bool permitted = discovery.permits(id, entry);
    const bool concealed = permitted && discovery.hides_successor(*snapshot, patient, entry);
    // A height would tell since when.
    records::RecordEntry then = moment.is_head || concealed ? entry : entry.as_of(moment.height);
    if (concealed) then.succeeded.emplace();
    if (!selection.takes(then) || !permitted) return Visited::kLeftOut;
    // A proof opens the whole value.
    if (request.with_proofs() && concealed) return Visited::kLeftOut;
    const Bytes bytes = then.encode();
    GALEN_TRY(const Bytes proof,
              proof_asked(*snapshot, records::RecordEntry::key(patient, id), request));
    if (!budget.take(bytes.size() + proof.size())) return Visited::kFull;
    response.add_entries(wire(bytes));
    if (request.with_proofs()) response.add_proofs(wire(proof));
    return Visited::kShown;
  };
  GALEN_TRY(*response.mutable_page_token(),
            fill_page(records::list_records(*snapshot, patient), asked, visit));
  return {};
}

}  // namespace galen::rpc
