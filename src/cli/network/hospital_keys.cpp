#include "cli/network/hospital_keys.h"

#include "crypto/certificate.h"
#include "ledger/operation.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace galen::cli::network {
namespace {

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t kAuthorityDays = 3652;
constexpr std::uint64_t kLeafDays = 730;

Signature possession(const crypto::PrivateKey& key, ledger::KeyUse use, const AccountId& account) {
  return key.sign(ledger::possession_statement(use, account, key.public_key()));
}

crypto::CertificateRequest request(std::string label,
                                   crypto::CertificateUse use,
                                   TimeMs now,
                                   std::uint64_t days) {
  crypto::CertificateRequest result;
  result.common_name = std::move(label);
  result.use = use;
  result.not_before = TimeMs{now.value - kDayMs};
  result.not_after = TimeMs{now.value + days * kDayMs};
  return result;
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void add_host(crypto::CertificateRequest& node, const std::string& host) {
  if (host.find_first_not_of("0123456789.") == std::string::npos) {
    add_once(node.ip_addresses, host);
  } else if (host.size() > 2 && host.front() == '[') {
    add_once(node.ip_addresses, host.substr(1, host.size() - 2));
  } else {
    add_once(node.dns_names, host);
  }
}

}  // namespace

AccountId HospitalKeys::account() const {
  return ledger::organisation_id(signing.public_key());
}

ledger::GenesisOrganisation HospitalKeys::organisation() const {
  ledger::GenesisOrganisation result;
  result.id = account();
  result.name = name;
  result.kind = ledger::OrganisationKind::kProvider;
  result.region = "DE";
  result.signing_key = signing.public_key();
  result.agreement_key = agreement.public_key();
  result.tls_key = client_tls.public_key();
  result.signing_possession = possession(signing, ledger::KeyUse::kSigning, result.id);
  result.agreement_possession = possession(agreement, ledger::KeyUse::kAgreement, result.id);
  result.tls_possession = possession(client_tls, ledger::KeyUse::kTls, result.id);
  return result;
}

ledger::GenesisValidator HospitalKeys::validator() const {
  ledger::GenesisValidator result;
  result.organisation = account();
  result.consensus_key = consensus.public_key();
  result.tls_key = node_tls.public_key();
  result.receipt_key = receipt.public_key();
  result.consensus_possession =
      possession(consensus, ledger::KeyUse::kConsensus, result.organisation);
  result.tls_possession = possession(node_tls, ledger::KeyUse::kTls, result.organisation);
  result.receipt_possession = possession(receipt, ledger::KeyUse::kReceipt, result.organisation);
  return result;
}

Result<HospitalCertificates> issue_certificates(const HospitalKeys& keys,
                                                const std::string& host,
                                                TimeMs now) {
  using crypto::CertificateUse;
  HospitalCertificates result;
  GALEN_TRY(result.authority_pem,
            crypto::make_authority_certificate(
                request(keys.name + " CA", CertificateUse::kAuthority, now, kAuthorityDays),
                keys.authority));
  auto node = request(keys.name + " node", CertificateUse::kNode, now, kLeafDays);
  node.dns_names = {keys.name, "localhost"};
  node.ip_addresses = {"127.0.0.1"};
  add_host(node, host);
  GALEN_TRY(result.node_pem,
            crypto::make_leaf_certificate(
                node, keys.node_tls.public_key(), result.authority_pem, keys.authority));
  const auto client = request(keys.name + " gateway", CertificateUse::kClient, now, kLeafDays);
  GALEN_TRY(result.client_pem,
            crypto::make_leaf_certificate(
                client, keys.client_tls.public_key(), result.authority_pem, keys.authority));
  return result;
}

}  // namespace galen::cli::network
