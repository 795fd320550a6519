// The parts of which the catalogue is made; each file implements one group of TESTING ids.
// Thread rule: one thread.
#pragma once

#include "byzantine/forge.h"

#include <memory>
#include <vector>

namespace galen::byzantine {

/// A strategy with a key. Derived ones change the own messages they care about.
class Forging : public Strategy {
 public:
  explicit Forging(Member member) : forge_(std::move(member)) {}

 protected:
  /// A copy of the message when it is an M signed by this member.
  template <class M>
  [[nodiscard]] std::optional<M> own(const Outgoing& message) const {
    const auto inside = opened(message);
    if (!inside || author(*inside) != forge_.member().self) return std::nullopt;
    const M* found = std::get_if<M>(&*inside);
    if (found == nullptr) return std::nullopt;
    return *found;
  }

  Forge forge_;
};

struct Entry {
  const char* name;
  const char* ids;  ///< of the test plan: B1 ... B43
  std::unique_ptr<Strategy> (*make)(Member member);
  bool is_drawn = true;  ///< by seeds; the others are named only
};

[[nodiscard]] std::vector<Entry> proposer_strategies();
[[nodiscard]] std::vector<Entry> voter_strategies();
[[nodiscard]] std::vector<Entry> view_change_strategies();
[[nodiscard]] std::vector<Entry> transport_strategies();
[[nodiscard]] std::vector<Entry> flood_strategies();

template <class S>
std::unique_ptr<Strategy> make(Member member) {
  return std::make_unique<S>(std::move(member));
}

}  // namespace galen::byzantine
