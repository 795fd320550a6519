// The genesis document: members, validators and consortium parameters. chain id = H(genesis).
// The canonical encoding is FROZEN (docs/formats.md); the file is JSON (docs/parameters.md).
// Thread rule: values.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "ledger/block.h"
#include "ledger/codes.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::ledger {

struct GenesisOrganisation {
  AccountId id;      ///< organisation_id(signing_key)
  std::string name;  ///< e.g. "hospital-1"; unique, [a-z0-9-]
  OrganisationKind kind = OrganisationKind::kProvider;
  std::string region;  ///< ISO 3166-1 alpha-2
  PublicKey signing_key;
  PublicKey agreement_key;
  PublicKey tls_key;  ///< of its gateway and clients
  Signature signing_possession;
  Signature agreement_possession;
  Signature tls_possession;
  friend bool operator==(const GenesisOrganisation&, const GenesisOrganisation&) = default;
};

struct GenesisValidator {
  AccountId organisation;
  PublicKey consensus_key;
  PublicKey tls_key;
  PublicKey receipt_key;  ///< of the node's storage receipts
  Signature consensus_possession;
  Signature tls_possession;
  Signature receipt_possession;
  friend bool operator==(const GenesisValidator&, const GenesisValidator&) = default;
};

struct StatutoryRule {
  std::string purpose;
  OrganisationKind kind = OrganisationKind::kPublicHealth;
  ClassSet classes = 0;
  friend auto operator<=>(const StatutoryRule&, const StatutoryRule&) = default;
};

struct LabelObligation {
  std::string label;
  std::string obligation;
  friend auto operator<=>(const LabelObligation&, const LabelObligation&) = default;
};

struct RolePurpose {
  Role role = Role::kClinician;
  std::string purpose;
  friend auto operator<=>(const RolePurpose&, const RolePurpose&) = default;
};

/// How long a permit may be valid that covers this purpose.
struct PurposeLimit {
  std::string purpose;
  std::uint64_t max_grant_ms = 0;
  friend auto operator<=>(const PurposeLimit&, const PurposeLimit&) = default;
};

/// On-chain parameters: everything that affects validity (DET-3). Defaults: docs/parameters.md.
struct Parameters {
  std::uint32_t max_block_bytes = 2 * 1024 * 1024;
  std::uint32_t max_block_transactions = 2000;
  std::uint32_t max_block_operations = 4000;
  std::uint64_t max_validity_ms = 600'000;
  std::uint64_t precision_ms = 500;
  std::uint64_t message_delay_ms = 2000;
  std::uint64_t request_timeout_ms = 2000;
  std::uint64_t inclusion_timeout_ms = 5000;
  std::uint64_t stale_ms = 10'000;
  std::uint64_t rotation_period_ms = 0;  ///< 0 = off
  std::uint32_t max_grants_per_patient = 10'000;
  std::uint64_t max_grant_ms = std::uint64_t{10} * 366 * 24 * 60 * 60 * 1000;
  std::uint64_t emergency_max_ms = std::uint64_t{4} * 60 * 60 * 1000;
  std::uint64_t min_audit_retention_ms = std::uint64_t{2190} * 24 * 60 * 60 * 1000;
  ImplicitPolicy implicit_policy = ImplicitPolicy::kBreakGlassOnly;
  bool allow_any_permit = false;
  std::uint16_t terminology_version = 1;
  std::vector<Digest> policies;                    ///< registered policy versions, sorted
  std::vector<StatutoryRule> statutory;            ///< sorted
  std::vector<LabelObligation> label_obligations;  ///< sorted
  std::vector<RolePurpose> role_purposes;          ///< step 0 of decide(), sorted
  /// Shorter than max_grant_ms for some purposes; sorted, one for each purpose. May be empty.
  std::vector<PurposeLimit> purpose_limits{};
  friend bool operator==(const Parameters&, const Parameters&) = default;
};

struct Genesis {
  std::uint16_t version = 1;
  std::string name;  ///< of the consortium
  TimeMs time;
  Parameters parameters;
  std::vector<GenesisOrganisation> organisations;  ///< sorted by id
  std::vector<GenesisValidator> validators;        ///< in the order of ValidatorIndex
  friend bool operator==(const Genesis&, const Genesis&) = default;
};

/// H("organisation" || signing key).
[[nodiscard]] AccountId organisation_id(const PublicKey& signing_key);

[[nodiscard]] Bytes encode(const Parameters& parameters);
[[nodiscard]] Result<Parameters> decode_parameters(BytesView bytes);
[[nodiscard]] Bytes encode(const Genesis& genesis);
[[nodiscard]] Result<Genesis> decode_genesis(BytesView bytes);
/// H("genesis" || encode(genesis)).
[[nodiscard]] ChainId chain_id(const Genesis& genesis);
[[nodiscard]] ValidatorSet validator_set(const Genesis& genesis);

/// Ids, uniqueness, possessions, n >= 4, limits. kInvalidArgument with the member at fault.
[[nodiscard]] Status validate(const Genesis& genesis);

/// JSON text <-> value. Unknown and missing keys are errors that name the path. from_json
/// validates.
[[nodiscard]] std::string to_json(const Genesis& genesis);
[[nodiscard]] Result<Genesis> genesis_from_json(std::string_view text);

/// The parameters `galen network create` writes: tables of HEALTH.md (role/purpose pairs, 42 CFR 2
/// label obligations, public-health statutory row).
[[nodiscard]] Parameters default_parameters();

}  // namespace galen::ledger
