// What follows from the set of messages the network has seen: certificates that can be made of
// them, what the Byzantine member may add, which NEW-VIEWs are possible, and whether a rule is
// broken already. Written from the rules alone: nothing of the core decides here.
#pragma once

#include "exhaustive/world.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace galen::pbft::test {

/// Rule 13: base = highest height, forced = highest-view prepared certificate at it.
[[nodiscard]] Outcome decide(const std::vector<ViewChange>& changes);

struct Facts {
  std::vector<MessageId> ids;  ///< ascending
  std::map<VoteSubject, std::map<std::size_t, MessageId>>
      votes;  ///< of honest members; proposals are PREPAREs
  std::map<View, std::map<std::size_t, MessageId>> changes;
  std::map<View, MessageId> new_views;
  std::vector<Certificate>
      certificates;  ///< all that Q members, the Byzantine one included, can make
  std::map<View, std::vector<MessageId>> byzantine_changes;
  /// Per view, one NEW-VIEW for every outcome that some Q VIEW-CHANGEs give.
  std::map<View, std::map<Outcome, std::vector<ViewChange>>> possible;
  std::vector<std::string> violations;
};

[[nodiscard]] Facts derive_facts(World& world, std::vector<MessageId> ids);

/// Rule 11: whether `id` is a vote below a VIEW-CHANGE its author has published.
[[nodiscard]] bool breaks_rule_11(const World& world, const Facts& before, MessageId id);

}  // namespace galen::pbft::test
