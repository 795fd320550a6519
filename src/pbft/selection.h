// What a NEW-VIEW decides (CONSENSUS.md 12-15): nobody says it, everybody computes it.
// Thread rule: functions of their arguments.
#pragma once

#include "base/ids.h"
#include "ledger/block.h"
#include "pbft/message.h"

#include <optional>

namespace galen::pbft {

struct Selection {
  Height base;  ///< the view continues from here
  BlockHash base_hash;
  std::optional<ledger::Certificate> base_certificate;  ///< none at genesis
  /// The prepared certificate whose block is the only one allowed at base + 1; none = free.
  std::optional<ledger::Certificate> forced;
};

/// base = highest height; forced = highest-view prepared certificate among the VIEW-CHANGEs at
/// base. REQUIRES: a verified NEW-VIEW (so at least one VIEW-CHANGE).
[[nodiscard]] Selection select(const NewView& new_view);

}  // namespace galen::pbft
