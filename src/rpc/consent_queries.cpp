#include "rpc/consent_queries.h"

#include "base/limits.h"
#include "crypto/keys.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "modules/consent/grants.h"
#include "modules/identity/people.h"
#include "modules/records/records.h"
#include "rpc/proofs.h"
#include "rpc/release_instant.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <optional>
#include <string>
#include <utility>

namespace galen::rpc {
namespace {

/// Below gRPC's default limit of a client, whatever the entries' sizes.
constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20U;

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

/// Counts items and bytes of one page.
class PageBudget {
 public:
  explicit PageBudget(std::uint32_t asked) : left_(page_size(asked)) {}

  /// False when the page is full before this item. An item of any size fits an empty page.
  [[nodiscard]] bool take(std::size_t bytes) {
    if (left_ == 0 || (used_ != 0 && used_ + bytes > kMaxPageBytes)) return false;
    --left_;
    used_ += bytes;
    return true;
  }

 private:
  std::size_t left_;
  std::size_t used_ = 0;
};

/// The first item after the page token. kInvalidArgument for a token of another size.
template <class Id, class Entry>
Result<typename std::map<Id, Entry>::const_iterator> page_start(const std::map<Id, Entry>& entries,
                                                                std::string_view token) {
  if (token.empty()) return entries.begin();
  GALEN_TRY(const Id last, fixed_field<Id>(token, "page_token"));
  return entries.upper_bound(last);
}

Result<ledger::AccessRequest> decode_access_request(std::string_view bytes) {
  const auto operation = ledger::decode_operation(as_bytes(bytes));
  if (!operation) return fail(ErrorCode::kInvalidArgument, "request: " + operation.error().message);
  const auto* access = std::get_if<ledger::LogAccess>(&*operation);
  if (access == nullptr) return fail(ErrorCode::kInvalidArgument, "request: not a LogAccess");
  return access->request;
}

Status require_fresh(const Backend& backend) {
  if (backend.fresh()) return {};
  return fail(ErrorCode::kUnavailable,
              "this node's state is not confirmed as current; try another");
}

/// The person behind a signed list request; nullopt for the custodian himself, who sees everything.
Result<std::optional<policy::Requester>> list_requester(const Backend& backend,
                                                        const Caller& caller,
                                                        const execution::StateReader& state,
                                                        const ledger::AccessRequest& asked,
                                                        const v1::ListRecordsRequest& request) {
  if (request.authorisation().empty()) {
    if (owner_of(state, asked.patient) == caller.organisation) return std::nullopt;
    return fail(ErrorCode::kUnauthenticated, "authorisation: the requester's signature is missing");
  }
  const auto authorisation = ledger::decode_authorisation(as_bytes(request.authorisation()));
  if (!authorisation) {
    return fail(ErrorCode::kInvalidArgument, "authorisation: " + authorisation.error().message);
  }
  const TimeMs now = backend.now();
  if (asked.expiry <= now || asked.expiry.value - now.value > limits::kMaxAccessRequestMs) {
    return fail(ErrorCode::kExpired, "request: has expired, or expires too late");
  }
  const identity::SignedOperation signed_operation{backend.chain(),
                                                   now,
                                                   caller.organisation,
                                                   ledger::OperationType::kLogAccess,
                                                   asked.patient,
                                                   as_bytes(request.request())};
  PlainVerifier signatures;
  auto requester = audit::authenticate(state, asked, signed_operation, *authorisation, signatures);
  if (!requester) {
    return fail(ErrorCode::kUnauthenticated, "authorisation: does not stand for this request");
  }
  return requester;
}

/// For a dry run that names an organisation and no person: any clinician of it.
std::optional<policy::Requester> any_clinician_of(const execution::StateReader& state,
                                                  const AccountId& id) {
  const auto organisation = execution::OrganisationEntry::load(state, id);
  if (!organisation) return std::nullopt;
  policy::Requester requester;
  requester.role = ledger::Role::kClinician;
  requester.organisation = id;
  requester.kind = organisation->kind;
  requester.region = organisation->region;
  requester.organisation_active = organisation->active;
  return requester;
}

}  // namespace

Status list_grants(Backend& backend,
                   const Caller& caller,
                   const v1::ListGrantsRequest& request,
                   v1::ListGrantsResponse& response) {
  GALEN_TRY(const auto patient, fixed_field<PatientId>(request.patient(), "patient"));
  const auto snapshot = backend.ledger().snapshot();
  const auto entry = identity::PatientEntry::load(*snapshot, patient);
  if (!entry || entry->custodian != caller.organisation) return not_found();
  const auto grants = consent::list_grants(*snapshot, patient);
  GALEN_TRY(auto place, page_start(grants, request.page_token()));
  PageBudget budget(request.page_size());
  response.set_height(snapshot->head().height().value);
  for (; place != grants.end(); ++place) {
    const Bytes bytes = place->second.encode();
    if (!budget.take(bytes.size())) {
      response.set_page_token(response.grants(response.grants_size() - 1).grant_id());
      break;
    }
    v1::GrantItem* item = response.add_grants();
    item->set_grant_id(wire(place->first));
    item->set_entry(wire(bytes));
  }
  return {};
}

Status check(Backend& backend,
             const Caller& caller,
             const v1::CheckRequest& request,
             v1::CheckResponse& response) {
  GALEN_TRY(const auto asked, decode_access_request(request.request()));
  const auto snapshot = backend.ledger().snapshot();
  const auto patient = identity::PatientEntry::load(*snapshot, asked.patient);
  if (!patient || patient->custodian != caller.organisation) return not_found();
  GALEN_TRY_STATUS(require_fresh(backend));
  const auto parameters = execution::load_parameters(*snapshot);
  const auto requester = asked.person.is_zero() ? any_clinician_of(*snapshot, asked.organisation)
                                                : audit::load_requester(*snapshot, asked);
  const auto policy_request =
      audit::policy_request(asked, release_instant(snapshot->head(), backend.now()));
  response.set_height(snapshot->head().height().value);
  for (const RecordId& record : asked.records) {
    policy::Decision decision;
    decision.reason = policy::Reason::kNotAuthenticated;
    if (requester) {
      decision = audit::evaluate(
          *snapshot, parameters, *requester, {asked.patient, record}, policy_request);
    }
    v1::CheckItem* item = response.add_items();
    item->set_record(wire(record));
    item->set_permit(decision.permit);
    item->set_reason(std::string(policy::name(decision.reason)));
    if (decision.grant) item->set_grant(wire(*decision.grant));
    for (const auto& obligation : decision.obligations) item->add_obligations(obligation);
  }
  return {};
}

Status list_records(Backend& backend,
                    const Caller& caller,
                    const v1::ListRecordsRequest& request,
                    v1::ListRecordsResponse& response) {
  GALEN_TRY_STATUS(require_fresh(backend));
  GALEN_TRY(const auto asked, decode_access_request(request.request()));
  if (asked.action != ledger::Action::kDiscover) {
    return fail(ErrorCode::kInvalidArgument, "request: a list needs action DISCOVER");
  }
  const auto snapshot = backend.ledger().snapshot();
  GALEN_TRY(const auto requester, list_requester(backend, caller, *snapshot, asked, request));
  response.set_height(snapshot->head().height().value);
  if (!identity::PatientEntry::load(*snapshot, asked.patient)) return {};
  const auto parameters = execution::load_parameters(*snapshot);
  const auto tables = policy::tables_of(parameters);
  const audit::PatientConsent consent(*snapshot, asked.patient, asked.purpose);
  const auto policy_request =
      audit::policy_request(asked, release_instant(snapshot->head(), backend.now()));
  const auto entries = records::list_records(*snapshot, asked.patient);
  GALEN_TRY(auto place, page_start(entries, request.page_token()));
  PageBudget budget(request.page_size());
  std::optional<RecordId> last;
  for (; place != entries.end(); ++place) {
    const auto& [id, entry] = *place;
    if (requester && !consent.decide(tables, *requester, entry, policy_request).permit) continue;
    const Bytes bytes = entry.encode();
    Bytes proof;
    if (request.with_proofs()) {
      const auto key = records::RecordEntry::key(asked.patient, id);
      GALEN_TRY(const auto made, make_state_proof(*snapshot, key));
      proof = ledger::encode(made);
    }
    if (!budget.take(bytes.size() + proof.size())) {
      response.set_page_token(wire(*last));
      break;
    }
    response.add_entries(wire(bytes));
    if (request.with_proofs()) response.add_proofs(wire(proof));
    last = id;
  }
  return {};
}

Status list_access(Backend& backend,
                   const Caller& caller,
                   const v1::ListAccessRequest& request,
                   v1::ListAccessResponse& response) {
  GALEN_TRY(const auto log, fixed_field<PatientId>(request.patient(), "patient"));
  const auto snapshot = backend.ledger().snapshot();
  if (owner_of(*snapshot, log) != caller.organisation) return not_found();
  response.set_height(snapshot->head().height().value);
  response.set_first_index(request.from_index());
  response.set_count(audit::load_access_range(*snapshot, log).count);
  PageBudget budget(request.page_size());
  const auto entries =
      audit::list_access(*snapshot, log, request.from_index(), page_size(request.page_size()));
  for (const Bytes& entry : entries) {
    if (!budget.take(entry.size())) break;
    response.add_entries(wire(entry));
  }
  return {};
}

}  // namespace galen::rpc
