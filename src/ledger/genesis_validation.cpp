#include "base/limits.h"
#include "crypto/keys.h"
#include "ledger/fields.h"
#include "ledger/genesis.h"
#include "ledger/operation.h"

#include <set>

namespace galen::ledger {

namespace {

constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;
constexpr std::uint64_t kMaxEmergencyMs = std::uint64_t{4} * 60 * 60 * 1000;  // HEALTH.md, R23
constexpr std::uint16_t kTerminologyVersion = 1;
/// What a block needs besides its transactions.
constexpr std::uint64_t kBlockOverheadBytes = 1024;

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, "genesis: " + std::move(why));
}

/// A state is confirmed by answers to statuses, which leave at least once in 0.8 s, as answers do:
/// below this an idle node would call its state stale between two of them.
constexpr std::uint64_t kLeastStaleMs = 2000;

struct Range {
  const char* name;
  std::uint64_t value;
  std::uint64_t least;
  std::uint64_t most;
};

/// A block must hold the largest transaction there can be, else that one would wait for ever.
Status check_ranges(const Parameters& p) {
  const Range ranges[] = {
      {"max_block_bytes",
       p.max_block_bytes,
       limits::kMaxTransactionBytes + kBlockOverheadBytes,
       limits::kMaxBlockBytes},
      {"max_block_transactions", p.max_block_transactions, 1, limits::kMaxTransactionsPerBlock},
      {"max_block_operations",
       p.max_block_operations,
       limits::kMaxOperationsPerTransaction,
       limits::kMaxOperationsPerBlock},
      {"max_validity_ms", p.max_validity_ms, 1000, limits::kMaxValidityMs},
      {"precision_ms", p.precision_ms, 1, kDayMs},
      {"message_delay_ms", p.message_delay_ms, 1, kDayMs},
      {"request_timeout_ms", p.request_timeout_ms, 1, kDayMs},
      {"inclusion_timeout_ms", p.inclusion_timeout_ms, 1, kDayMs},
      {"stale_ms", p.stale_ms, kLeastStaleMs, kDayMs},
      {"rotation_period_ms", p.rotation_period_ms, 0, kDayMs},
      {"max_grants_per_patient", p.max_grants_per_patient, 1, limits::kMaxGrantsPerPatient},
      {"max_grant_ms", p.max_grant_ms, 1, 100 * 366 * kDayMs},
      {"emergency_max_ms", p.emergency_max_ms, 1, kMaxEmergencyMs},
      {"min_audit_retention_ms", p.min_audit_retention_ms, 0, 100 * 366 * kDayMs},
      {"terminology_version", p.terminology_version, kTerminologyVersion, kTerminologyVersion},
  };
  for (const Range& range : ranges) {
    if (range.value >= range.least && range.value <= range.most) continue;
    return refuse(std::string("parameters.") + range.name + " is " + std::to_string(range.value) +
                  ", not " + std::to_string(range.least) + ".." + std::to_string(range.most));
  }
  return {};
}

/// One limit for each purpose, none longer than what holds for all.
Status check_purpose_limits(const Parameters& p) {
  const PurposeLimit* last = nullptr;
  for (const PurposeLimit& limit : p.purpose_limits) {
    const std::string where = "parameters.purpose_limits: " + limit.purpose;
    if (limit.max_grant_ms < 1 || limit.max_grant_ms > p.max_grant_ms) {
      return refuse(where + " is " + std::to_string(limit.max_grant_ms) + " ms, not 1.." +
                    std::to_string(p.max_grant_ms) + ", the limit of all permits");
    }
    if (last != nullptr && last->purpose == limit.purpose) return refuse(where + " is there twice");
    last = &limit;
  }
  return {};
}

Status check_counts(const Genesis& g) {
  const Parameters& p = g.parameters;
  const Range counts[] = {
      {"organisations", g.organisations.size(), 1, limits::kMaxOrganisations},
      {"validators", g.validators.size(), limits::kMinValidators, limits::kMaxValidators},
      {"parameters.policies", p.policies.size(), 0, limits::kMaxPolicies},
      {"parameters.statutory", p.statutory.size(), 0, limits::kMaxStatutoryRules},
      {"parameters.label_obligations", p.label_obligations.size(), 0, limits::kMaxLabelObligations},
      {"parameters.role_purposes", p.role_purposes.size(), 0, limits::kMaxRolePurposes},
      {"parameters.purpose_limits", p.purpose_limits.size(), 0, limits::kMaxPurposeLimits},
  };
  for (const Range& count : counts) {
    if (count.value >= count.least && count.value <= count.most) continue;
    return refuse(std::to_string(count.value) + " " + count.name + ", not " +
                  std::to_string(count.least) + ".." + std::to_string(count.most));
  }
  return {};
}

/// Keys seen so far. One key in two places would let one holder act as two, or one use stand in for
/// another.
class KeyRing {
 public:
  Status add(const std::string& where,
             KeyUse use,
             const AccountId& account,
             const PublicKey& key,
             const Signature& possession) {
    if (!crypto::is_valid_point(key)) return refuse(where + " is not a point on P-256");
    if (!keys_.insert(key).second) return refuse(where + " is used twice");
    if (!crypto::verify(key, possession_statement(use, account, key), possession)) {
      return refuse(where + ": the proof of possession is not valid");
    }
    return {};
  }

 private:
  std::set<PublicKey> keys_;
};

Status check_organisations(const Genesis& genesis, KeyRing& keys) {
  std::set<std::string> names;
  for (const GenesisOrganisation& o : genesis.organisations) {
    const std::string where = "organisation " + o.name;
    if (!names.insert(o.name).second) return refuse(where + " is there twice");
    if (o.id != organisation_id(o.signing_key)) {
      return refuse(where + ": its id is not the hash of its signing key");
    }
    GALEN_TRY_STATUS(keys.add(
        where + " signing_key", KeyUse::kSigning, o.id, o.signing_key, o.signing_possession));
    GALEN_TRY_STATUS(keys.add(where + " agreement_key",
                              KeyUse::kAgreement,
                              o.id,
                              o.agreement_key,
                              o.agreement_possession));
    GALEN_TRY_STATUS(keys.add(where + " tls_key", KeyUse::kTls, o.id, o.tls_key, o.tls_possession));
  }
  return {};
}

Status check_validators(const Genesis& genesis, KeyRing& keys) {
  std::set<AccountId> members;
  for (const GenesisOrganisation& o : genesis.organisations) members.insert(o.id);
  for (std::size_t i = 0; i < genesis.validators.size(); ++i) {
    const GenesisValidator& v = genesis.validators[i];
    const std::string where = "validator " + std::to_string(i);
    // Each organisation leaves the set when its seat is taken.
    if (members.erase(v.organisation) == 0) {
      return refuse(where + ": its organisation is unknown or has a validator already");
    }
    GALEN_TRY_STATUS(keys.add(where + " consensus_key",
                              KeyUse::kConsensus,
                              v.organisation,
                              v.consensus_key,
                              v.consensus_possession));
    GALEN_TRY_STATUS(
        keys.add(where + " tls_key", KeyUse::kTls, v.organisation, v.tls_key, v.tls_possession));
    GALEN_TRY_STATUS(keys.add(where + " receipt_key",
                              KeyUse::kReceipt,
                              v.organisation,
                              v.receipt_key,
                              v.receipt_possession));
  }
  return {};
}

}  // namespace

Status validate(const Genesis& genesis) {
  GALEN_TRY_STATUS(check_counts(genesis));
  const auto decoded = decode_genesis(encode(genesis));
  if (!decoded) return fail(ErrorCode::kInvalidArgument, decoded.error().message);
  if (!(*decoded == genesis)) return refuse("a text or number does not survive its encoding");
  GALEN_TRY_STATUS(check_ranges(genesis.parameters));
  GALEN_TRY_STATUS(check_purpose_limits(genesis.parameters));
  KeyRing keys;
  GALEN_TRY_STATUS(check_organisations(genesis, keys));
  return check_validators(genesis, keys);
}

}  // namespace galen::ledger
