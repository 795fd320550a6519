// The keys of one organisation of a local network, and what of them the genesis file registers.
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/genesis.h"

#include <string>

namespace galen::cli::network {

/// One key per use: never the same key twice (ARCHITECTURE.md 5).
struct HospitalKeys {
  std::string name;  ///< "hospital-1"
  crypto::PrivateKey authority = crypto::PrivateKey::generate();
  crypto::PrivateKey signing = crypto::PrivateKey::generate();    ///< of the gateway
  crypto::PrivateKey agreement = crypto::PrivateKey::generate();  ///< opens key envelopes
  crypto::PrivateKey client_tls = crypto::PrivateKey::generate();
  crypto::PrivateKey node_tls = crypto::PrivateKey::generate();
  crypto::PrivateKey consensus = crypto::PrivateKey::generate();
  crypto::PrivateKey receipt = crypto::PrivateKey::generate();  ///< signs storage receipts
  Random32 label_secret = crypto::OsRandom().next<Random32>();  ///< behind tags of labels

  [[nodiscard]] AccountId account() const;
  [[nodiscard]] ledger::GenesisOrganisation organisation() const;
  [[nodiscard]] ledger::GenesisValidator validator() const;
};

struct HospitalCertificates {
  std::string authority_pem;
  std::string node_pem;
  std::string client_pem;
};

/// Authority: 10 years; leaves: 2 years; all from one day before `now`, so that a clock that is
/// behind accepts them. The node's certificate names `host` (a DNS name or an address, an IPv6 one
/// in brackets), the organisation and loopback: for tools that check names; nodes check keys.
[[nodiscard]] Result<HospitalCertificates> issue_certificates(const HospitalKeys& keys,
                                                              const std::string& host,
                                                              TimeMs now);

}  // namespace galen::cli::network
