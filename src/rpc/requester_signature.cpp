#include "rpc/requester_signature.h"

#include "base/limits.h"
#include "crypto/keys.h"

#include <string>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

class PlainVerifier final : public execution::SignatureVerifier {
 public:
  bool verify(const PublicKey& key, BytesView message, const Signature& signature) override {
    return crypto::verify(key, message, signature);
  }
};

}  // namespace

Result<ledger::AccessRequest> decode_access_request(std::string_view bytes) {
  const auto operation = ledger::decode_operation(as_bytes(bytes));
  if (!operation) return fail(ErrorCode::kInvalidArgument, "request: " + operation.error().message);
  const auto* access = std::get_if<ledger::LogAccess>(&*operation);
  if (access == nullptr) return fail(ErrorCode::kInvalidArgument, "request: not a LogAccess");
  return access->request;
}

Status require_caught_up(const Backend& backend) {
  if (!backend.catching_up()) return {};
  return fail(ErrorCode::kUnavailable, "the node is catching up with the others; ask again");
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

bool still_signed(const execution::StateReader& state,
                  const ChainId& chain,
                  const ledger::AccessRequest& request,
                  const ledger::Operation& operation,
                  const ledger::Authorisation& authorisation) {
  const auto key = audit::signing_key(state, request, authorisation);
  if (!key) return false;
  const Bytes statement = ledger::authorisation_statement(chain,
                                                          authorisation,
                                                          ledger::subject_of(operation),
                                                          ledger::type_of(operation),
                                                          ledger::encode(operation));
  return crypto::verify(*key, statement, authorisation.signature);
}

Result<SignedRequest> asked_by_patient(const Backend& backend,
                                       const Caller& caller,
                                       const execution::StateReader& state,
                                       const OwnQuestion& question,
                                       std::string_view request,
                                       std::string_view authorisation) {
  GALEN_TRY(auto asked, decode_access_request(request));
  if (!ledger::asks(asked, question.query, as_bytes(question.about))) {
    return fail(ErrorCode::kInvalidArgument,
                "request: needs action DISCOVER and the id of this query as its one record");
  }
  GALEN_TRY(const auto requester,
            signed_requester(backend, caller, state, asked, request, authorisation));
  // For this member's gateway alone.
  GALEN_TRY(auto signed_with, ledger::decode_authorisation(as_bytes(authorisation)));
  if (asked.organisation != caller.organisation || signed_with.submitter != caller.organisation) {
    return fail(ErrorCode::kUnauthenticated, "authorisation: does not stand for this request");
  }
  if (requester.role != ledger::Role::kPatient) {
    return fail(ErrorCode::kUnauthenticated,
                "request: only a patient asks without an access; name one in access_tx_id");
  }
  return SignedRequest{std::move(asked), std::move(signed_with)};
}

}  // namespace galen::rpc
