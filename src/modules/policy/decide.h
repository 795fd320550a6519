// The one place that says who may see a record: flat, default-deny, deny-overrides, independent of
// the order of grants (HEALTH.md 1.4, 1.4b; PRIVACY.md 31-35; docs/consent.md). Blocks, lists,
// release gate and dry runs all come here. Thread rule: pure functions.
#pragma once

#include "ledger/genesis.h"
#include "modules/policy/consent_layers.h"
#include "modules/policy/facts.h"
#include "modules/policy/reason.h"
#include "modules/policy/terminology.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::policy {

/// The tables of an evaluation; not owned.
struct PolicyTables {
  const Terminology& terminology;
  const ledger::Parameters& parameters;
};

/// The consortium's tables. The result refers to `parameters`, which must outlive it.
[[nodiscard]] PolicyTables tables_of(const ledger::Parameters& parameters);

/// Labels of a record that are tags: what they oblige to only the custodian can tell.
struct LabelTags {
  std::uint32_t key_id = 0;
  std::vector<std::string> tags;
  friend bool operator==(const LabelTags&, const LabelTags&) = default;
};

struct Decision {
  bool permit = false;
  Reason reason = Reason::kNoConsent;
  std::optional<GrantId> grant;          ///< the one that decided, or the nearest miss
  std::vector<std::string> obligations;  ///< of a permit, in the order of docs/consent.md
  std::optional<LabelTags> label_tags;   ///< of a permit by grant on tagged labels
  friend bool operator==(const Decision&, const Decision&) = default;
};

/// Decides one access to one record. Never fails; what no rule permits is denied.
[[nodiscard]] Decision decide(const PolicyTables& tables,
                              const Requester& requester,
                              const RecordFacts& record,
                              const IndexedConsent& consent,
                              const Request& request);

/// The same of consent that is not indexed yet: for one decision, or few.
[[nodiscard]] Decision decide(const PolicyTables& tables,
                              const Requester& requester,
                              const RecordFacts& record,
                              const ConsentContext& consent,
                              const Request& request);

/// Whether a state of this age is too old for the purpose. A release gate asks this first, for
/// known and unknown records alike (PRIVACY.md 28).
[[nodiscard]] bool is_stale(const PolicyTables& tables,
                            std::string_view purpose,
                            std::uint64_t state_age_ms);

/// Step 0: whether a role may assert a purpose at all (PRIVACY.md 31).
[[nodiscard]] bool may_assert(const PolicyTables& tables,
                              ledger::Role role,
                              std::string_view purpose);

/// "2026-06-30T00:00:00Z", with milliseconds only when there are any.
[[nodiscard]] std::string utc_text(TimeMs time);

}  // namespace galen::policy
