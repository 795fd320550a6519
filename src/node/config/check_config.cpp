#include "node/config/check_config.h"

#include "crypto/certificate.h"
#include "storage/keys/key_file.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace galen::node {
namespace {

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t kExpiryWarningMs = 30 * kDayMs;

Result<ledger::Genesis> load_genesis(const std::string& path) {
  GALEN_TRY(const std::string text, storage::read_text_file(path));
  auto genesis = ledger::genesis_from_json(text);
  if (!genesis) return fail_in(path, genesis.error());
  return genesis;
}

std::optional<ValidatorIndex> find_validator(const ledger::Genesis& genesis, const PublicKey& key) {
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    if (genesis.validators[i].consensus_key == key) {
      return ValidatorIndex{static_cast<std::uint16_t>(i)};
    }
  }
  return std::nullopt;
}

const ledger::GenesisOrganisation* find_organisation(const ledger::Genesis& genesis,
                                                     const AccountId& id) {
  for (const auto& organisation : genesis.organisations) {
    if (organisation.id == id) return &organisation;
  }
  return nullptr;
}

/// The certificate is readable, of the TLS key, and valid now.
Status check_certificate(const NodeConfig& config,
                         const PublicKey& tls_key,
                         TimeMs now,
                         NodeMaterial& material) {
  auto info = crypto::read_certificate(material.tls_certificate_pem);
  if (!info) return fail_in(config.tls_certificate, info.error());
  if (info->public_key != tls_key) {
    return fail(ErrorCode::kConfig,
                config.tls_certificate + ": is not the certificate of " + config.tls_key);
  }
  if (now < info->not_before || now >= info->not_after) {
    return fail(ErrorCode::kConfig,
                config.tls_certificate + ": not valid today; issue a new one for the same key");
  }
  material.certificate_end = info->not_after;
  const std::uint64_t left_ms = info->not_after.value - now.value;
  if (left_ms < kExpiryWarningMs) {
    material.warnings.push_back(config.tls_certificate + ": expires in " +
                                std::to_string(left_ms / kDayMs) + " days");
  }
  return {};
}

Status find_peers(const NodeConfig& config, NodeMaterial& material) {
  const ledger::Genesis& genesis = material.genesis;
  std::vector<std::string> used;
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    if (i == material.self.value) continue;
    const auto& validator = genesis.validators[i];
    const auto* organisation = find_organisation(genesis, validator.organisation);
    if (organisation == nullptr)
      return fail(ErrorCode::kConfig, "genesis: validator without member");
    const auto listed =
        std::find_if(config.peers.begin(), config.peers.end(), [&](const PeerAddress& peer) {
          return peer.organisation == organisation->name;
        });
    if (listed == config.peers.end()) {
      return fail(ErrorCode::kConfig, "[[peers]]: validator " + organisation->name + " is missing");
    }
    material.peers.push_back({ValidatorIndex{static_cast<std::uint16_t>(i)},
                              organisation->name,
                              listed->address,
                              validator.tls_key});
    used.push_back(organisation->name);
  }
  for (const PeerAddress& peer : config.peers) {
    if (std::find(used.begin(), used.end(), peer.organisation) == used.end()) {
      return fail(
          ErrorCode::kConfig,
          "[[peers]]: " + peer.organisation + " is not another validator of the genesis file");
    }
  }
  return {};
}

Status check_registered(const NodeConfig& config,
                        const PublicKey& tls_key,
                        const ledger::GenesisOrganisation& organisation,
                        const NodeMaterial& material) {
  const auto& validator = material.genesis.validators[material.self.value];
  if (validator.tls_key != tls_key) {
    return fail(ErrorCode::kConfig,
                config.tls_key + ": is not the key registered for " + organisation.name +
                    "'s validator in the genesis file");
  }
  if (validator.receipt_key != material.receipt_key.public_key()) {
    return fail(ErrorCode::kConfig,
                config.receipt_key + ": is not the key registered for " + organisation.name +
                    "'s validator in the genesis file");
  }
  // The oldest records are stored under it, whatever was registered since.
  if (!has_key(material.agreement_keys, organisation.agreement_key)) {
    const std::string also =
        config.earlier_agreement_keys.empty() ? "" : ", " + config.earlier_agreement_keys;
    return fail(ErrorCode::kConfig,
                config.agreement_key + also + ": without the agreement key registered for " +
                    organisation.name + " in the genesis file");
  }
  return {};
}

Result<std::vector<crypto::PrivateKey>> read_agreement_keys(const NodeConfig& config) {
  GALEN_TRY(const auto present, storage::read_private_key_file(config.agreement_key));
  std::vector<crypto::PrivateKey> keys{present};
  if (config.earlier_agreement_keys.empty()) return keys;
  GALEN_TRY(auto earlier, storage::read_private_keys_file(config.earlier_agreement_keys));
  keys.insert(keys.end(), earlier.begin(), earlier.end());
  return keys;
}

Result<ledger::LabelSecrets> read_label_secrets(const NodeConfig& config) {
  if (config.label_secrets.empty()) return ledger::LabelSecrets();
  GALEN_TRY(const std::string text, storage::read_private_text_file(config.label_secrets));
  auto secrets = ledger::LabelSecrets::parse(text);
  if (!secrets) {
    return fail(ErrorCode::kConfig, config.label_secrets + ": " + secrets.error().message);
  }
  return secrets;
}

}  // namespace

bool has_key(const std::vector<crypto::PrivateKey>& keys, const PublicKey& key) {
  return std::any_of(
      keys.begin(), keys.end(), [&](const auto& one) { return one.public_key() == key; });
}

Result<NodeMaterial> check_config(const NodeConfig& config, TimeMs now) {
  GALEN_TRY(ledger::Genesis genesis, load_genesis(config.genesis));
  GALEN_TRY(crypto::PrivateKey consensus_key, storage::read_private_key_file(config.consensus_key));
  GALEN_TRY(auto agreement_keys, read_agreement_keys(config));
  GALEN_TRY(crypto::PrivateKey receipt_key, storage::read_private_key_file(config.receipt_key));
  GALEN_TRY(const crypto::PrivateKey tls_key, storage::read_private_key_file(config.tls_key));
  const auto self = find_validator(genesis, consensus_key.public_key());
  if (!self) {
    return fail(ErrorCode::kConfig,
                config.consensus_key + ": no validator of " + config.genesis + " has this key");
  }
  const AccountId account = genesis.validators[self->value].organisation;
  const auto* organisation = find_organisation(genesis, account);
  if (organisation == nullptr) return fail(ErrorCode::kConfig, "genesis: validator without member");
  const ChainId chain = ledger::chain_id(genesis);
  NodeMaterial material{std::move(genesis),
                        chain,
                        *self,
                        account,
                        organisation->name,
                        {},
                        {},
                        {},
                        {},
                        std::move(consensus_key),
                        std::move(agreement_keys),
                        std::move(receipt_key),
                        {},
                        {},
                        {}};
  GALEN_TRY(material.label_secrets, read_label_secrets(config));
  GALEN_TRY(material.ca_bundle_pem, storage::read_text_file(config.ca_bundle));
  if (auto first = crypto::read_certificate(material.ca_bundle_pem); !first) {
    return fail_in(config.ca_bundle, first.error());
  }
  GALEN_TRY(material.tls_certificate_pem, storage::read_text_file(config.tls_certificate));
  GALEN_TRY(material.tls_key_pem, storage::read_private_text_file(config.tls_key));
  organisation = find_organisation(material.genesis, account);
  GALEN_TRY_STATUS(check_registered(config, tls_key.public_key(), *organisation, material));
  GALEN_TRY_STATUS(check_certificate(config, tls_key.public_key(), now, material));
  GALEN_TRY_STATUS(find_peers(config, material));
  return material;
}

}  // namespace galen::node
