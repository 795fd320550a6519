// What of the peers' messages the replica would ignore without looking any further, seen before
// their signatures are verified (DOS-4): heights and views beyond what it buffers (CONSENSUS.md 2,
// DOS-3), NEW-VIEWs of views that are over. Wider than the replica's own window, for what happens
// while a message waits to be verified; the replica judges again. Thread rule: a value.
#pragma once

#include "base/ids.h"
#include "pbft/message.h"

#include <optional>

namespace galen::pbft {

/// Where a replica is.
struct Horizon {
  ValidatorIndex self;
  Height applied;
  View view;   ///< entered last
  View asked;  ///< highest that it is in or has asked for
  friend bool operator==(const Horizon&, const Horizon&) = default;

  /// What of the message is worth verifying: all of it, of a proposal beyond the window the
  /// certificate of its parent, or nothing. Votes signed by `self` are always shown: they tell of a
  /// second process or a lost journal (DUR-10).
  [[nodiscard]] std::optional<Message> visible(Message message) const;

 private:
  [[nodiscard]] bool is_beyond(const Vote& vote) const;
};

}  // namespace galen::pbft
