// Certificate authorities and identities for tests over real TLS.
#pragma once

#include "base/check.h"
#include "crypto/certificate.h"
#include "crypto/keys.h"
#include "net/tls.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace galen::test {

inline TimeMs now_ms() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

inline constexpr std::uint64_t kHourMs = 60ULL * 60 * 1000;

struct Authority {
  crypto::PrivateKey key = crypto::PrivateKey::generate();
  std::string pem;

  explicit Authority(const std::string& name) {
    crypto::CertificateRequest request;
    request.common_name = name;
    request.use = crypto::CertificateUse::kAuthority;
    request.not_before = TimeMs{now_ms().value - 48 * kHourMs};
    request.not_after = TimeMs{now_ms().value + 48 * kHourMs};
    auto made = crypto::make_authority_certificate(request, key);
    CHECK(made.has_value(), "test authority");
    pem = *made;
  }
};

struct Validity {
  TimeMs from{now_ms().value - kHourMs};
  TimeMs to{now_ms().value + kHourMs};
};

inline constexpr auto kNodeUse = crypto::CertificateUse::kNode;
inline constexpr auto kClientUse = crypto::CertificateUse::kClient;

/// A leaf for `key` under `authority`, trusting `bundle`.
inline net::TlsIdentity make_identity(const Authority& authority,
                                      const crypto::PrivateKey& key,
                                      const std::string& bundle,
                                      crypto::CertificateUse use = kNodeUse,
                                      Validity validity = {}) {
  crypto::CertificateRequest request;
  request.common_name = "test";
  request.dns_names = {"somewhere-else.example"};  // names must not matter
  request.use = use;
  request.not_before = validity.from;
  request.not_after = validity.to;
  auto leaf =
      crypto::make_leaf_certificate(request, key.public_key(), authority.pem, authority.key);
  CHECK(leaf.has_value(), "test leaf");
  return {*leaf, key.to_pem(), bundle};
}

}  // namespace galen::test
