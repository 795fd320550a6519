// When an account was suspended, revoked or reinstated: what past decisions are made again with
// (modules/audit/replay.h). FROZEN (docs/formats.md). Thread rule: values.
#pragma once

#include "base/ids.h"
#include "codec/codec.h"
#include "ledger/codes.h"

#include <cstddef>
#include <vector>

namespace galen::identity {

struct StandingChange {
  Height height;  ///< of the block that made it
  ledger::AccountStatus status = ledger::AccountStatus::kActive;
  friend bool operator==(const StandingChange&, const StandingChange&) = default;
};

/// The newest are kept; what was before them is not known any more.
inline constexpr std::size_t kMaxStandingChanges = 32;

/// Encoding version of an entry that has some. An entry that was never changed has kEntryVersion.
inline constexpr std::uint16_t kStandingVersion = 2;

/// Rising heights; several of one block stand one after the other.
class Standings {
 public:
  void add(Height height, ledger::AccountStatus status);

  [[nodiscard]] bool empty() const { return changes_.empty(); }

  [[nodiscard]] const std::vector<StandingChange>& changes() const { return changes_; }

  /// Active when nothing ever changed it.
  [[nodiscard]] ledger::AccountStatus latest() const {
    return changes_.empty() ? ledger::AccountStatus::kActive : changes_.back().status;
  }

  /// Whether earlier ones may have been dropped.
  [[nodiscard]] bool is_full() const { return changes_.size() == kMaxStandingChanges; }

  void write(codec::Writer& writer) const;
  /// Not empty, at most kMaxStandingChanges, heights not falling.
  [[nodiscard]] static Standings read(codec::Reader& reader);

  friend bool operator==(const Standings&, const Standings&) = default;

 private:
  std::vector<StandingChange> changes_;
};

}  // namespace galen::identity
