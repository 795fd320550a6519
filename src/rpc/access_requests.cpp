#include "rpc/access_requests.h"

#include "base/limits.h"
#include "crypto/keys.h"
#include "rpc/visibility.h"
#include "rpc/wire.h"

#include <string>

namespace galen::rpc {

namespace {

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

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

Status require_head(std::uint64_t at_height, Height head) {
  if (at_height == 0 || at_height == head.value) return {};
  return fail(ErrorCode::kFailedPrecondition,
              "at_height: only the head, height " + std::to_string(head.value) +
                  ", is available; the state keeps no older values");
}

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

std::optional<policy::Requester> supposed_requester(const execution::StateReader& state,
                                                    const ledger::AccessRequest& asked) {
  return asked.person.is_zero() ? any_clinician_of(state, asked.organisation)
                                : audit::load_requester(state, asked);
}

void fill(v1::CheckItem& item, const RecordId& record, const policy::Decision& decision) {
  item.set_record(wire(record));
  item.set_permit(decision.permit);
  item.set_reason(std::string(policy::name(decision.reason)));
  if (decision.grant) item.set_grant(wire(*decision.grant));
  for (const auto& obligation : decision.obligations) item.add_obligations(obligation);
}

}  // namespace galen::rpc
