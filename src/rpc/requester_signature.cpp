#include "rpc/requester_signature.h"

#include "base/limits.h"
#include "crypto/keys.h"
#include "modules/audit/entries.h"

#include <string>
#include <variant>

namespace galen::rpc {
namespace {

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

bool names_submitter(std::string_view authorisation, const AccountId& submitter) {
  const auto decoded = ledger::decode_authorisation(as_bytes(authorisation));
  return decoded && decoded->submitter == submitter;
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

Result<policy::Requester> signed_requester(const Backend& backend,
                                           const Caller& caller,
                                           const execution::StateReader& state,
                                           const ledger::AccessRequest& asked,
                                           std::string_view request,
                                           std::string_view authorisation) {
  const auto decoded = ledger::decode_authorisation(as_bytes(authorisation));
  if (!decoded) {
    return fail(ErrorCode::kInvalidArgument, "authorisation: " + decoded.error().message);
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
                                                   as_bytes(request)};
  PlainVerifier signatures;
  auto requester = audit::authenticate(state, asked, signed_operation, *decoded, signatures);
  if (!requester) {
    return fail(ErrorCode::kUnauthenticated, "authorisation: does not stand for this request");
  }
  return *std::move(requester);
}

Result<ledger::AccessRequest> asked_by_patient(const Backend& backend,
                                               const Caller& caller,
                                               const execution::StateReader& state,
                                               std::string_view request,
                                               std::string_view authorisation) {
  GALEN_TRY(auto asked, decode_access_request(request));
  if (!asked.is_listing()) {
    return fail(ErrorCode::kInvalidArgument,
                "request: needs action DISCOVER and one zero id as records");
  }
  GALEN_TRY(const auto requester,
            signed_requester(backend, caller, state, asked, request, authorisation));
  // For this member's gateway alone, and not what was signed to be committed as an access.
  const bool for_caller = asked.organisation == caller.organisation &&
                          names_submitter(authorisation, caller.organisation);
  if (!for_caller || audit::find_request(state, asked.patient, asked)) {
    return fail(ErrorCode::kUnauthenticated, "authorisation: does not stand for this request");
  }
  if (requester.role != ledger::Role::kPatient) {
    return fail(ErrorCode::kUnauthenticated,
                "request: only a patient asks without an access; name one in access_tx_id");
  }
  return asked;
}

}  // namespace galen::rpc
