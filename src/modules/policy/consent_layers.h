// A patient's consent in two layers: grants as committed, and what a block changed of them so far,
// so that neither is indexed again for the other's sake. Thread rule: values; immutable once built.
#pragma once

#include "modules/policy/consent_index.h"
#include "modules/policy/facts.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace galen::policy {

/// The grants of an index, but for those that a later layer speaks for.
struct GrantLayer {
  const ConsentIndex& index;
  std::span<const GrantId> hidden;  ///< ascending

  [[nodiscard]] bool hides(const GrantId& id) const {
    return std::binary_search(hidden.begin(), hidden.end(), id);
  }

  [[nodiscard]] bool shows_any() const {
    const auto& grants = index.grants();
    return std::any_of(
        grants.begin(), grants.end(), [this](const GrantFacts& grant) { return !hides(grant.id); });
  }

  [[nodiscard]] bool shows_permit() const {
    const auto& grants = index.grants();
    return index.has_permit() &&
           std::any_of(grants.begin(), grants.end(), [this](const GrantFacts& grant) {
             return grant.effect == ledger::Effect::kPermit && !hides(grant.id);
           });
  }
};

class ConsentLayers {
 public:
  /// `committed` is not owned and outlives this.
  explicit ConsentLayers(const ConsentIndex& committed) : committed_(&committed) {}

  /// `changed`: ids of the grants that are now as in `changes`, or gone when they are not there.
  ConsentLayers(const ConsentIndex& committed, ConsentIndex changes, std::vector<GrantId> changed)
      : committed_(&committed), changes_(std::move(changes)), changed_(std::move(changed)) {
    std::sort(changed_.begin(), changed_.end());
  }

  template <class Visit>
  void for_each_layer(const Visit& visit) const {
    visit(GrantLayer{*committed_, changed_});
    if (!changes_.grants().empty()) visit(GrantLayer{changes_, {}});
  }

  [[nodiscard]] bool empty() const {
    return changes_.grants().empty() && !GrantLayer{*committed_, changed_}.shows_any();
  }

  [[nodiscard]] bool has_permit() const {
    bool found = false;
    for_each_layer([&found](const GrantLayer& layer) { found = found || layer.shows_permit(); });
    return found;
  }

 private:
  const ConsentIndex* committed_;
  ConsentIndex changes_;
  std::vector<GrantId> changed_;
};

/// As ConsentContext, ready for many decisions.
struct IndexedConsent {
  ConsentLayers grants;
  bool ever_granted = false;
  std::vector<ProxyFacts> proxies;
  std::vector<EmergencyFacts> emergencies;

  [[nodiscard]] bool never_granted() const { return !ever_granted && grants.empty(); }
};

}  // namespace galen::policy
