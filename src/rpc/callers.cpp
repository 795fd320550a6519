#include "rpc/callers.h"

#include "execution/executor.h"

#include <grpcpp/security/auth_context.h>

#include <grpc/grpc_security_constants.h>
#include <string_view>
#include <utility>

namespace galen::rpc {
namespace {

constexpr std::size_t kMaxParsedCertificates = 1024;
constexpr auto kRefreshPeriod = std::chrono::seconds(1);

}  // namespace

Result<net::PeerIdentity> Callers::certificate(const grpc::AuthContext& context) {
  const auto values = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (values.size() != 1) return net::peer_identity(context);
  const std::string_view text(values[0].data(), values[0].size());
  const std::lock_guard lock(mutex_);
  const auto known = parsed_.find(text);
  if (known != parsed_.end()) return known->second;
  GALEN_TRY(const net::PeerIdentity identity, net::peer_identity(context));
  if (parsed_.size() >= kMaxParsedCertificates) parsed_.clear();
  parsed_.emplace(text, identity);
  return identity;
}

Result<Caller> Callers::identify(const grpc::AuthContext& context) {
  GALEN_TRY(const net::PeerIdentity identity, certificate(context));
  return identify(identity);
}

Result<Caller> Callers::identify(const net::PeerIdentity& identity) {
  if (backend_.now() >= identity.not_after) {
    return fail(ErrorCode::kUnauthenticated, "the client certificate has expired");
  }
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (members_.empty() || now - refreshed_ >= kRefreshPeriod) {
    refresh();
    refreshed_ = now;
  }
  const auto member = members_.find(identity.key);
  if (member == members_.end()) {
    return fail(ErrorCode::kPermissionDenied,
                "the client certificate's key is not registered for a member organisation");
  }
  if (!member->second.active) {
    return fail(ErrorCode::kPermissionDenied, "the organisation is suspended");
  }
  return Caller{member->second.organisation};
}

void Callers::refresh() {
  members_.clear();
  const auto snapshot = backend_.ledger().snapshot();
  snapshot->scan({}, ledger::KeyKind::kOrganisation, [this](BytesView, BytesView value) {
    const auto entry = execution::OrganisationEntry::decode(value);
    if (entry) members_[entry->tls_key] = {entry->id, entry->active};
    return true;
  });
}

}  // namespace galen::rpc
