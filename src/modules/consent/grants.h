// State values of consent: grants (permits and denies), revocations, sequence numbers
// (HEALTH.md 1.4, PRIVACY.md 8-10). All in the patient's clinical tree. FROZEN (docs/formats.md).
// Thread rule: as the state's.
#pragma once

#include "base/limits.h"
#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/transaction.h"
#include "modules/groups/members.h"
#include "modules/identity/sequence.h"
#include "modules/policy/facts.h"

#include <map>
#include <optional>

namespace galen::consent {

/// Who gave a grant or a revocation.
struct Grantor {
  ledger::AuthorisationRole role = ledger::AuthorisationRole::kPatient;
  AccountId account;
  friend auto operator<=>(const Grantor&, const Grantor&) = default;

  /// A patient's word ends everything; a custodian's (paper) and a proxy's only
  /// what he gave himself.
  [[nodiscard]] bool may_end_what(const Grantor& other) const {
    return role == ledger::AuthorisationRole::kPatient || *this == other;
  }
};

/// kGrant, id = grant. Invariants: `ended_at` unless active; `uses_left` with terms.max_uses;
/// `group_version` with a grantee GROUP or PROJECT.
struct GrantEntry {
  ledger::Effect effect = ledger::Effect::kPermit;
  ledger::GrantTerms terms;
  policy::GrantStatus status = policy::GrantStatus::kActive;
  Grantor grantor;
  std::uint64_t sequence = 0;
  AccountId submitter;
  TimeMs created;  ///< block time
  Height height;   ///< of that block
  std::optional<TimeMs> ended_at;
  std::optional<std::uint32_t> uses_left;
  std::optional<std::uint32_t> group_version{};  ///< of a GROUP or PROJECT when it was given
  friend bool operator==(const GrantEntry&, const GrantEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<GrantEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const GrantId& grant);
  [[nodiscard]] static std::optional<GrantEntry> load(const execution::StateReader& state,
                                                      const PatientId& patient,
                                                      const GrantId& grant);

  /// As it was right after the block of this time, but for `uses_left`, which is the latest.
  /// REQUIRES: given by then.
  [[nodiscard]] GrantEntry as_of(TimeMs time) const;
  /// As decide() sees it; refers to this entry's terms.
  [[nodiscard]] policy::GrantFacts facts(const GrantId& id) const;
  /// The group of a grantee GROUP or PROJECT, at the version that counts: frozen, or followed.
  [[nodiscard]] std::optional<groups::GroupView> group() const;
};

/// kRevocation; written for grants never seen too, so that they are refused when they come. One of
/// each who may have given the grant: nobody's takes the place of another's.
struct RevocationEntry {
  Grantor by;
  ledger::RevocationReason reason = ledger::RevocationReason::kUnspecified;
  TimeMs time;
  Height height;
  friend bool operator==(const RevocationEntry&, const RevocationEntry&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed.
  [[nodiscard]] static Result<RevocationEntry> decode(BytesView bytes);
  /// The grant's id for the patient's own, else a hash over it and `by`.
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient,
                                            const GrantId& grant,
                                            const Grantor& by);
  /// One that ends what `grantor` gave, or would give: the patient's, or his own.
  [[nodiscard]] static std::optional<RevocationEntry> find(const execution::StateReader& state,
                                                           const PatientId& patient,
                                                           const GrantId& grant,
                                                           const Grantor& grantor);
};

/// Units of execution::Work that looking at all grants of a patient takes, compared with one more.
[[nodiscard]] constexpr std::uint64_t work_of(std::uint64_t grants) {
  return 3 * grants;
}

/// The same of finding out whether two grantees have somebody in common.
inline constexpr std::uint64_t kWorkPerGrantee = 50;

static_assert(work_of(limits::kMaxGrantsPerPatient) <= limits::kMaxWorkPerTransaction,
              "a proxy of whoever has the most grants can be revoked");

using identity::SequenceEntry;

/// A grant of the state. REQUIRES: bytes that the state holds.
[[nodiscard]] GrantEntry decode_stored_grant(BytesView bytes);

/// Every grant of a patient, ended ones too.
[[nodiscard]] std::map<GrantId, GrantEntry> list_grants(const execution::StateReader& state,
                                                        const PatientId& patient);

}  // namespace galen::consent
