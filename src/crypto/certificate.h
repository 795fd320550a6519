// X.509 for mutual TLS: an organisation's CA and the leaf certificates of its node and clients.
// Identity is the leaf's *public key*, registered on the chain; names in certificates are labels
// only (IDC-1). Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace galen::crypto {

enum class CertificateUse : std::uint8_t { kAuthority, kNode, kClient };

struct CertificateRequest {
  std::string common_name;                     ///< label, e.g. "hospital-1 node"
  std::vector<std::string> dns_names;          ///< subjectAltName DNS
  std::vector<std::string> ip_addresses;       ///< subjectAltName IP, dotted or IPv6 text
  CertificateUse use = CertificateUse::kNode;  ///< kNode: server+client auth; kClient: client auth
  TimeMs not_before;
  TimeMs not_after;
};

/// Self-signed authority certificate (CA:TRUE, pathlen:0), PEM. Times are cut to seconds;
/// request.use does not matter.
/// kInvalidArgument for an empty or overlong name, a bad alternative name, or an empty validity.
[[nodiscard]] Result<std::string> make_authority_certificate(const CertificateRequest& request,
                                                             const PrivateKey& key);
/// Leaf certificate for `subject`, signed by the authority, PEM. Errors as above, and
/// kInvalidArgument when authority_pem is no CA, does not belong to authority_key, or request.use
/// is kAuthority; kMalformed for an unreadable authority_pem.
[[nodiscard]] Result<std::string> make_leaf_certificate(const CertificateRequest& request,
                                                        const PublicKey& subject,
                                                        std::string_view authority_pem,
                                                        const PrivateKey& authority_key);

struct CertificateInfo {
  PublicKey public_key;  ///< P-256 only
  std::string common_name;
  TimeMs not_before;
  TimeMs not_after;
};

/// Reads the first certificate of a PEM text. kMalformed; kUnauthenticated when its key is not
/// P-256.
[[nodiscard]] Result<CertificateInfo> read_certificate(std::string_view pem);

/// When each certificate of a PEM text ends, in their order, whatever its key. kMalformed for one
/// that cannot be read; none is an empty list.
[[nodiscard]] Result<std::vector<TimeMs>> certificate_ends(std::string_view pem);

}  // namespace galen::crypto
