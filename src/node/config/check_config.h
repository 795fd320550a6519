// Everything a configuration names, loaded and checked against the genesis file before a node
// starts: `galend check-config` and the first step of `galend` (PLATFORM.md 8.25).
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/genesis.h"
#include "ledger/label_tags.h"
#include "node/config/config.h"

#include <map>
#include <string>
#include <vector>

namespace galen::node {

/// Where to dial a validator.
struct PeerEndpoint {
  ValidatorIndex index;
  std::string organisation;
  std::string address;
  PublicKey tls_key;
};

struct NodeMaterial {
  ledger::Genesis genesis;
  ChainId chain;
  ValidatorIndex self;
  AccountId organisation;
  std::string organisation_name;
  std::vector<PeerEndpoint> peers;  ///< ascending by index, without self
  std::string ca_bundle_pem;
  std::string tls_certificate_pem;
  std::string tls_key_pem;
  crypto::PrivateKey consensus_key;
  std::vector<crypto::PrivateKey> agreement_keys;  ///< the present one first
  crypto::PrivateKey receipt_key;
  ledger::LabelSecrets label_secrets;  ///< none: labels that are tags stay unread
  TimeMs certificate_end{};            ///< of tls_certificate_pem
  std::vector<std::string> warnings;   ///< e.g. a certificate that expires within 30 days
};

[[nodiscard]] bool has_key(const std::vector<crypto::PrivateKey>& keys, const PublicKey& key);

/// Loads genesis, certificates and keys; finds the validator by its consensus key; checks that the
/// TLS key is the registered one, that the agreement keys hold the one of the genesis file, that
/// the certificate is valid at `now`, and that [[peers]] names every other validator once. kConfig
/// with file and remedy.
[[nodiscard]] Result<NodeMaterial> check_config(const NodeConfig& config, TimeMs now);

}  // namespace galen::node
